/** The file of a message as something to watch, hear, look at or keep. */
import { $, el } from './dom.js';
import { bytes, duration } from './format.js';

const url = (file) => `/sandbox/file/${encodeURIComponent(file.file_id)}`;

/** Undefined for a message of text. */
export function media(message, words) {
  if (message.photo) return photo(message, words);
  if (message.video) return video(message, message.video, words);
  if (message.animation) return video(message, message.animation, words, true);
  if (message.audio) return audio(message.audio, words);
  if (message.document) return doc(message.document, words);
  return undefined;
}

const frame = (message, playable) =>
  el('div', {
    className: `media${message.caption ? '' : ' alone'}${playable ? ' playable' : ''}${message.has_media_spoiler ? ' veil' : ''}`,
    onclick: (event) => event.currentTarget.classList.remove('veil'),
  });

function video(message, file, { kinds }, loop = false) {
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
      'aria-label': file.file_name ?? kinds.video,
    }),
  );
  return box;
}

function photo(message, { kinds }) {
  const src = url(message.photo.at(-1));
  const box = frame(message, false);
  const alt = message.caption ?? kinds.photo;
  const open = () => {
    Object.assign($('viewer').querySelector('img'), { src, alt });
    $('viewer').showModal();
  };
  box.append(el('button', { type: 'button', onclick: open }, el('img', { src, alt })));
  return box;
}

function audio(file, words) {
  const face = file.thumbnail
    ? el('img', { className: 'disc', src: url(file.thumbnail), alt: '' })
    : el('span', { className: 'disc', 'aria-hidden': 'true' }, '♪');
  const name = file.title ?? file.file_name ?? words.kinds.audio;
  const by = [
    file.performer,
    file.duration && duration(file.duration, words),
    bytes(file.file_size, words),
  ];
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

function doc(file, words) {
  const name = file.file_name ?? words.kinds.document;
  const href = `${url(file)}?download=${encodeURIComponent(name)}`;
  return el(
    'div',
    { className: 'doc' },
    el(
      'a',
      { className: 'disc', href, download: name, 'aria-label': `${words.download}: ${name}` },
      '↓',
    ),
    el(
      'div',
      {},
      el('strong', { dir: 'auto' }, name),
      el('small', {}, bytes(file.file_size, words)),
    ),
  );
}
