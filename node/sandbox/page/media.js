/** The file of a message as something to watch, hear, look at or keep. */
import { $, el } from './dom.js';
import { bytes, duration } from './format.js';

const url = (file) => `/sandbox/file/${encodeURIComponent(file.file_id)}`;

/** Undefined for a message of text. */
export function media(message) {
  if (message.photo) return photo(message);
  if (message.video) return video(message, message.video, false);
  if (message.animation) return video(message, message.animation, true);
  if (message.audio) return audio(message.audio);
  if (message.document) return doc(message.document);
  return undefined;
}

const frame = (message, playable) =>
  el('div', {
    className: `media${message.caption ? '' : ' alone'}${playable ? ' playable' : ''}${message.has_media_spoiler ? ' veil' : ''}`,
    onclick: (event) => event.currentTarget.classList.remove('veil'),
  });

function video(message, file, loop) {
  const box = frame(message, true);
  const { width, height } = file;
  if (width && height) box.style.setProperty('--ratio', `${width} / ${height}`);
  const poster = file.cover?.[0] ?? file.thumbnail;
  box.append(
    el('video', {
      src: url(file),
      controls: !loop,
      autoplay: loop,
      loop,
      muted: loop,
      preload: 'metadata',
      playsInline: true,
      poster: poster ? url(poster) : undefined,
      'aria-label': file.file_name ?? 'Video',
    }),
  );
  return box;
}

function photo(message) {
  const src = url(message.photo.at(-1));
  const box = frame(message, false);
  const alt = message.caption ?? 'Photo';
  const open = () => {
    Object.assign($('viewer').querySelector('img'), { src, alt });
    $('viewer').showModal();
  };
  box.append(el('button', { type: 'button', onclick: open }, el('img', { src, alt })));
  return box;
}

function audio(file) {
  const face = file.thumbnail
    ? el('img', { className: 'disc', src: url(file.thumbnail), alt: '' })
    : el('span', { className: 'disc', 'aria-hidden': 'true' }, '♪');
  const name = file.title ?? file.file_name ?? 'Audio';
  const by = [file.performer, file.duration && duration(file.duration), bytes(file.file_size)];
  return el(
    'div',
    { className: 'audio' },
    face,
    el(
      'div',
      {},
      el('strong', { dir: 'auto' }, name),
      el('small', {}, by.filter(Boolean).join(' · ')),
      el('audio', { src: url(file), controls: true, preload: 'none', 'aria-label': name }),
    ),
  );
}

function doc(file) {
  const name = file.file_name ?? 'file';
  const href = `${url(file)}?download=${encodeURIComponent(name)}`;
  return el(
    'div',
    { className: 'doc' },
    el('a', { className: 'disc', href, download: name, 'aria-label': `Download ${name}` }, '↓'),
    el('div', {}, el('strong', { dir: 'auto' }, name), el('small', {}, bytes(file.file_size))),
  );
}
