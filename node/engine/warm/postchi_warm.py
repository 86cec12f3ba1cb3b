"""Makes yt-dlp ready to be forked: loads what every run would load, and keeps what it would redo.

Called by warm_server.py before the first fork. What a child writes to it no longer shares with the
others, and counting a reference is writing: what need not be touched is left alone.
"""
import gc
import importlib
import importlib.util
import os
import sys
import tempfile

# The sites seen most: their modules are imported before the first fork.
SITES = (
    'Youtube', 'YoutubeTab', 'Instagram', 'InstagramStory', 'TikTok', 'TikTokVM', 'Twitter',
    'Facebook', 'FacebookReel', 'Reddit', 'Soundcloud', 'Vimeo', 'Dailymotion', 'Twitch',
    'TwitchClips', 'Pinterest', 'VK', 'Aparat', 'BiliBili', 'Streamable', 'Threads', 'Tumblr',
    'Bluesky', 'LinkedIn', 'Telegram', 'Generic', 'HTML5MediaEmbed',
)

PAGE = b'<html><head><title>warm</title></head><body><video src="/v.mp4"></video></body></html>'


class Silence:
    """File descriptors 1 and 2 go nowhere meanwhile."""

    def __enter__(self):
        sys.stdout.flush()
        sys.stderr.flush()
        self.saved = os.dup(1), os.dup(2)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        os.close(null)

    def __exit__(self, *_):
        sys.stdout.flush()
        sys.stderr.flush()
        for fd, saved in zip((1, 2), self.saved):
            os.dup2(saved, fd)
            os.close(saved)


def tiny_site():
    """A page with a video on loopback, for one real extraction; its thread ends before any fork."""
    import http.server
    import threading

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            video = self.path.endswith('.mp4')
            body = b'\0\0\0\x20ftypisom' + bytes(2048) if video else PAGE
            self.send_response(200)
            self.send_header('Content-Type', 'video/mp4' if video else 'text/html')
            self.send_header('Content-Length', str(len(body)))
            self.send_header('Last-Modified', self.date_time_string())
            self.end_headers()
            if self.command == 'GET':
                self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={'poll_interval': 0.05})
    thread.start()

    def close():
        server.shutdown()
        thread.join()
        server.server_close()

    return f'http://127.0.0.1:{server.server_address[1]}', close


def run_quietly(function, argv):
    try:
        function(argv)
    except SystemExit:
        pass


def load_sites():
    from yt_dlp.extractor import get_info_extractor

    for name in SITES:
        try:
            listed = get_info_extractor(name)
            # Matching compiles a pattern; the class that extracts has its own beside the listed one.
            for extractor in (listed, getattr(listed, 'real_class', listed)):
                extractor.suitable('https://example.invalid/')
        except Exception:
            # A site that yt-dlp dropped or renamed is loaded when it is asked for.
            continue


def ordered_set(iterable, *, lazy=False):
    """yt-dlp's orderedSet for what can be hashed: its search of a list is quadratic."""
    items = list(iterable)
    try:
        unique = list(dict.fromkeys(items))
    except TypeError:
        unique = [item for at, item in enumerate(items) if item not in items[:at]]
    return iter(unique) if lazy else unique


def patch(owner, name, make):
    if hasattr(owner, name):
        setattr(owner, name, make(getattr(owner, name)))


def find_extractors_by_index():
    """Which of the 1 750 extractors gets a link is a search over all of them in every run."""
    if importlib.util.find_spec('re._parser') is None:
        # This Python keeps its parser of patterns elsewhere.
        return
    import postchi_links

    ydl = importlib.import_module('yt_dlp.YoutubeDL').YoutubeDL
    generic = importlib.import_module('yt_dlp.extractor.generic').GenericIE
    if '_ies' in ydl.__init__.__code__.co_names and hasattr(generic, '_extract_embeds'):
        postchi_links.use(ydl, generic)


def keep_between_runs():
    """What every run would do again: most of its CPU time for a direct file.

    Each is a pure function or a cache; where a newer yt-dlp or Python lacks one, it is left out.
    """
    import functools
    import re

    # Parsing one date tries 50 formats; Python keeps 5 of their patterns, then starts anew.
    import _strptime

    patch(_strptime, '_CACHE_MAX_SIZE', lambda _: 1_000)
    patch(re, '_MAXCACHE', lambda _: 20_000)
    # Reading the certificates takes 20 ms, also for a link without TLS.
    common = importlib.import_module('yt_dlp.networking.common')
    patch(common, 'make_ssl_context', lambda make: functools.lru_cache(8)(make))
    # The names of the extractors are made unique by a quadratic search: 12 ms at every start.
    patch(importlib.import_module('yt_dlp.utils._utils'), 'orderedSet', lambda _: ordered_set)
    find_extractors_by_index()


# A probe and the download of the same job.
RUNS = 2


def spare_parsers(create):
    """Making one takes 5 ms and 2 MB, and it takes itself apart at the end of its run."""
    spare = [create() for _ in range(RUNS)]
    return lambda: spare.pop() if spare else create()


# Of CPython's allocator for objects of up to 512 bytes (Objects/obmalloc.c).
POOL, POOL_HEAD, STEP, LARGEST = 16 * 1024, 48, 16, 512
# About 2 MB are filled. Another allocator has no such pools: there it ends here.
MOST_FILLED = 6 * 1024 * 1024


# What fills the holes stays.
filling = []


def fill_holes():
    """Fills the holes between the shared objects: a child's would copy a page for each hole.

    Objects of one size stand in pools. When so many in a row follow one another as a pool holds,
    they came from a fresh one and no hole of that size is left.
    """
    empty, left = sys.getsizeof(b''), MOST_FILLED
    for size in range(48, LARGEST + 1, STEP):
        pool, in_row, last = (POOL - POOL_HEAD) // size - 1, 0, 0
        while left > 0:
            left -= size
            filling.append(bytes(size - empty))
            in_row = in_row + 1 if id(filling[-1]) == last + size else 0
            last = id(filling[-1])
            if in_row >= pool:
                break


def know_ffmpeg():
    """Every run that joins or repairs would ask both programs what they can: 60 ms of CPU each."""
    from yt_dlp.postprocessor.ffmpeg import FFmpegPostProcessor

    # It remembers the answers by path; the run before this one said which path that is.
    FFmpegPostProcessor.get_versions()


def warm_up(main, argv):
    """One page and one download: that loads the extractors and compiles their patterns."""
    keep_between_runs()
    load_sites()
    url, close = tiny_site()
    with tempfile.TemporaryDirectory() as folder, Silence():
        try:
            out = ['-P', folder, '-o', '%(autonumber)d.%(ext)s', '-f', 'bv*+ba/b']
            for path in ('/page', '/v.mp4'):
                run_quietly(main, [*argv, '--dump-single-json', '--', url + path])
            run_quietly(main, [*argv, *out, '--', f'{url}/v.mp4'])
            know_ffmpeg()
        finally:
            close()
    tempfile.tempdir = None
    gc.collect()
    # Made between the two, the parsers stand close together, on few pages.
    fill_holes()
    patch(importlib.import_module('yt_dlp.options'), 'create_parser', spare_parsers)
    fill_holes()
