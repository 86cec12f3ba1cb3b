"""One look at an ordinary MP4: its facts and a thumbnail, in a child of the fork server.

The libraries of ffmpeg are loaded once, by PyAV, before the first fork: starting ffmpeg costs more
than what it does here. Arguments: the file, where the JPEG goes, the formats that may be read.
Prints one JSON object, or nothing and ends with 3 for what ffmpeg itself has to look at.
"""
import gc
import json
import os
import struct
import tempfile
from fractions import Fraction

import av
import av.logging

# A site's file decides what is said; the facts below are all the node wants to hear.
av.logging.set_level(av.logging.PANIC)

NOT_MINE = 3
# Telegram's limit, and ffmpeg's -q:v 4 (see thumbnail.ts).
LONGEST_SIDE = 320
QUALITY = '4'
LARGEST_INDEX = 64 * 1024 * 1024
# Where the matrix stands behind the type and version (ISO/IEC 14496-12, 8.2.2 and 8.3.2).
MATRICES = {b'mvhd': 36, b'tkhd': 40}
IDENTITY = struct.pack('>9I', 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def ordinary(container):
    """The only kind of which nothing can be misread: no rotation, no cover, square pixels."""
    if not container.format.name.startswith('mov,mp4') or len(container.streams.video) != 1:
        return None
    stream = container.streams.video[0]
    context = stream.codec_context
    plain = context.name == 'h264' and context.pix_fmt in ('yuv420p', 'yuvj420p')
    return stream if plain and stream.sample_aspect_ratio in (None, 0, 1) else None


def first_keyframe(container, stream):
    """Decoded alone: waiting for the decoder to give it out decodes up to the next one."""
    decoder = stream.codec_context
    decoder.skip_frame = 'NONKEY'
    decoder.thread_count = 1
    packet = next((one for one in container.demux(stream) if one.is_keyframe), None)
    frames = packet and [*decoder.decode(packet), *decoder.decode(None)]
    return frames[0] if frames else None


def read_index(path):
    """The `moov` box of an MP4, or nothing."""
    with open(path, 'rb') as file:
        while len(head := file.read(16)) == 16:
            size, kind = struct.unpack('>I4s', head[:8])
            # 1: 64 bits follow; 0: to the end (ISO/IEC 14496-12, 4.2).
            size = struct.unpack('>Q', head[8:])[0] if size == 1 else size
            if kind == b'moov':
                return head + file.read(min(size, LARGEST_INDEX))
            if size < 8:
                break
            file.seek(size - 16, os.SEEK_CUR)
    return b''


def is_upright(path):
    """The movie and every track are shown as they were filmed; PyAV 10 does not tell."""
    index = read_index(path)
    for kind, offset in MATRICES.items():
        at = index.find(kind)
        if at < 0:
            return False
        while at >= 0:
            # Version 1 has three times of 64 bits before it.
            begin = at + 4 + offset + (12 if index[at + 4:at + 5] == b'\x01' else 0)
            if index[begin:begin + len(IDENTITY)] != IDENTITY:
                return False
            at = index.find(kind, at + 4)
    return True


def write_jpeg(frame, path):
    scale = min(LONGEST_SIDE / frame.width, LONGEST_SIDE / frame.height, 1)
    width, height = (max(2, round(side * scale / 2) * 2) for side in (frame.width, frame.height))
    small = frame.reformat(width, height, 'yuvj420p')
    small.pts = 0
    encoder = av.CodecContext.create('mjpeg', 'w')
    encoder.width, encoder.height, encoder.pix_fmt = width, height, 'yuvj420p'
    encoder.time_base = Fraction(1, 25)
    encoder.options = {'qmin': QUALITY, 'qmax': QUALITY}
    with open(path, 'wb') as file:
        for packet in [*encoder.encode(small), *encoder.encode(None)]:
            file.write(bytes(packet))


def look(path, thumbnail, formats):
    options = {'protocol_whitelist': 'file', 'format_whitelist': formats}
    with av.open(f'file:{path}', options=options) as container:
        stream = ordinary(container)
        frame = stream and first_keyframe(container, stream)
        if not frame or not is_upright(path):
            return None
        write_jpeg(frame, thumbnail)
        sound = container.streams.audio
        return {
            'container': container.format.name,
            # AV_TIME_BASE: microseconds.
            'duration': None if container.duration is None else container.duration / 1_000_000,
            'video': {
                'codec': 'h264',
                'pixels': stream.codec_context.pix_fmt,
                'width': frame.width,
                'height': frame.height,
            },
            'audio': {'codec': sound[0].codec_context.name} if sound else None,
        }


def write_tiny_video(path):
    with av.open(path, 'w', format='mp4') as container:
        video, sound = container.add_stream('libx264', rate=25), container.add_stream('aac')
        video.width, video.height, video.pix_fmt = 64, 64, 'yuv420p'
        video.codec_context.thread_count = 1
        picture = av.VideoFrame(64, 64, 'yuv420p')
        for plane in picture.planes:
            plane.update(bytes(plane.buffer_size))
        silence = av.AudioFrame('fltp', 'stereo', 1024)
        silence.sample_rate = sound.codec_context.sample_rate
        for plane in silence.planes:
            plane.update(bytes(plane.buffer_size))
        for stream, frame in ((video, picture), (sound, silence)):
            container.mux([*stream.encode(frame), *stream.encode(None)])


def warm_up():
    """One look before the first fork: it binds what the libraries call and fills their tables."""
    with tempfile.TemporaryDirectory() as folder:
        video = os.path.join(folder, 'tiny.mp4')
        try:
            write_tiny_video(video)
            look(video, os.path.join(folder, 'tiny.jpg'), 'mov,mp4')
        except Exception:
            # A build without this encoder: every child does it by itself.
            pass
    # The encoder's threads end with it, and it is held by a cycle.
    gc.collect()


def main(argv):
    facts = look(*argv)
    if facts is None:
        return NOT_MINE
    print(json.dumps(facts), flush=True)
    return 0
