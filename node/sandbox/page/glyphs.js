/** Small line drawings, for not every system has coloured emoji. */

const PATHS = {
  video: 'M4 5h16v14H4zM10 9l5 3-5 3z',
  page: 'M3 5h18v14H3zM3 9h18M6 7h.01M9 7h.01M10 12l4 2.3-4 2.2z',
  stream:
    'M12 12h.01M8.5 15.5a5 5 0 0 1 0-7M15.5 8.5a5 5 0 0 1 0 7M5.6 18.4a9 9 0 0 1 0-12.8M18.4 5.6a9 9 0 0 1 0 12.8',
  parts: 'M4 4h7v16H4zM15 8v8M18 6v12M21 9v6',
  song: 'M9 18V6l11-2v12M9 18a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zM20 16a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z',
  picture: 'M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9h.01',
  slow: 'M12 21a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 9v4l3 2M9 2h6',
  large: 'M4 20V9l8-5 8 5v11zM9 20v-7h6v7',
  dead: 'M9 15l6-6M8 12l-2 2a3.5 3.5 0 0 0 5 5l1-1M16 12l2-2a3.5 3.5 0 0 0-5-5l-1 1M4 4l16 16',
  empty: 'M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h4',
  frozen: 'M12 2v20M3.5 7l17 10M20.5 7l-17 10M9 4l3 2 3-2M9 20l3-2 3 2',
};

export function glyph(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  const path = document.createElementNS(svg.namespaceURI, 'path');
  path.setAttribute('d', PATHS[name] ?? PATHS.empty);
  svg.append(path);
  return svg;
}
