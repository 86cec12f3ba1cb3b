/**
 * The figures of a day as a drawing: jobs and success rate by hour, and by platform. Plain SVG:
 * it is a few rectangles and a line, and `picture.ts` turns it into pixels.
 */
import { formatFor, type Lang, tidy } from '../../shared/format.ts';
import { siteTitle } from '../../shared/sites.ts';
import { textsFor } from '../../shared/texts/index.ts';
import type { Tally } from '../store/tallies.ts';
import { isDelivered, isEnd, rateOf, sitesOf } from './figures.ts';

const WIDTH = 960;
const EDGE = 56;
const INNER = WIDTH - 2 * EDGE;
const HOURS = 24;
const SLOT = INNER / HOURS;
const MOST_SITES = 6;
const ROW = 54;
/** Chats write the time over the lower edge of a picture. */
const FOOT = 56;
/** Half as large in a chat on a phone, so nothing is smaller. */
const SMALL = 19;

const INK = { text: '#1b2733', soft: '#6b7a88', line: '#dfe5ea', back: '#ffffff' };
const COLOUR = { delivered: '#2f9e77', failed: '#e0694c', rate: '#3b6fd4' };

interface Hour {
  delivered: number;
  failed: number;
  rate: number | undefined;
}

/** The last 24 hours, the one under way last. */
function hoursOf(tallies: readonly Tally[], lastHour: number): Hour[] {
  const ends = tallies.filter(isEnd);
  return Array.from({ length: HOURS }, (_, at) => {
    const rows = ends.filter(({ hour }) => hour === lastHour - HOURS + 1 + at);
    const sum = (fits: (outcome: string) => boolean) =>
      rows.reduce((total, { outcome, jobs }) => total + (fits(outcome) ? jobs : 0), 0);
    const delivered = sum(isDelivered);
    const failed = sum((outcome) => !isDelivered(outcome) && outcome !== 'cancelled');
    return { delivered, failed, rate: rateOf(rows) };
  });
}

/** @param lastHour hours since the epoch, of the hour under way */
export function drawStats(tallies: readonly Tally[], lastHour: number, lang: Lang): string {
  const pen = penFor(lang);
  const hours = hoursOf(tallies, lastHour);
  const sites = sitesOf(tallies, []).slice(0, MOST_SITES);
  const height = 610 + Math.max(1, sites.length) * ROW + FOOT;
  const words = textsFor(lang).admin.stats.picture;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="Vazirmatn">`,
    `<rect width="${WIDTH}" height="${height}" fill="${INK.back}"/>`,
    pen.heading(words.title, 58, 34),
    legend(pen, words),
    pen.heading(words.jobs, 112, 24),
    jobsByHour(hours, 130, 170, pen),
    pen.heading(words.rate, 380, 24),
    rateByHour(hours, 406, 110, pen),
    pen.heading(words.bySite, 588, 24),
    ...(sites.length === 0 ? [pen.heading(words.nothing, 626, 20, INK.soft)] : []),
    ...sites.map((site, at) => siteRow(site, sites[0]?.jobs ?? 1, 602 + at * ROW, pen)),
    '</svg>',
  ].join('\n');
}

const escaped = (text: string) => text.replace(/[&<>"]/g, (sign) => `&#${sign.codePointAt(0)};`);

type Pen = ReturnType<typeof penFor>;

/**
 * resvg orders a line from left to right whatever its direction is said to be: an isolate that
 * runs from right to left around a line that is anchored at its end is what it gets right.
 */
function penFor(lang: Lang) {
  const isRtl = lang === 'fa';
  const write = (
    text: string,
    x: number,
    y: number,
    size: number,
    anchor: string,
    fill: string,
  ) => {
    const shown = escaped(isRtl ? `\u2067${text}\u2069` : text);
    return `<text x="${x}" y="${y}" font-size="${size}" text-anchor="${anchor}" fill="${fill}">${shown}</text>`;
  };
  return {
    isRtl,
    lang,
    format: formatFor(lang),
    /** At the side where lines of the language begin. */
    heading: (text: string, y: number, size: number, fill = INK.text) =>
      write(text, isRtl ? WIDTH - EDGE : EDGE, y, size, isRtl ? 'end' : 'start', fill),
    /** At the side where they end. */
    aside: (text: string, y: number, size: number, fill = INK.soft) =>
      write(text, isRtl ? EDGE : WIDTH - EDGE, y, size, isRtl ? 'start' : 'end', fill),
    /** Left of where the drawing begins, in either language: hours run from left to right. */
    scale: (text: string, y: number, size: number) =>
      write(text, EDGE - 8, y, size, 'end', INK.soft),
    centred: (text: string, x: number, y: number, size: number, fill = INK.soft) =>
      write(text, x, y, size, 'middle', fill),
  };
}

function legend(pen: Pen, words: { delivered: string; failed: string }): string {
  const spot = (text: string, at: number, fill: string) => {
    const x = pen.isRtl ? EDGE + at : WIDTH - EDGE - at;
    return `<rect x="${x - 70}" y="34" width="140" height="34" rx="17" fill="${fill}"/>${pen.centred(text, x, 57, SMALL, INK.back)}`;
  };
  return spot(words.delivered, 230, COLOUR.delivered) + spot(words.failed, 70, COLOUR.failed);
}

const line = (y: number) =>
  `<line x1="${EDGE}" x2="${WIDTH - EDGE}" y1="${y}" y2="${y}" stroke="${INK.line}"/>`;

const bar = (x: number, y: number, width: number, height: number, fill: string) =>
  height > 0 && width > 0
    ? `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}" rx="2" fill="${fill}"/>`
    : '';

function jobsByHour(hours: Hour[], top: number, height: number, pen: Pen): string {
  const most = Math.max(1, ...hours.map(({ delivered, failed }) => delivered + failed));
  const bottom = top + height;
  const bars = hours.map(({ delivered, failed }, at) => {
    const x = EDGE + at * SLOT + 4;
    const [good, bad] = [delivered, failed].map((n) => (n / most) * (height - 24)) as [
      number,
      number,
    ];
    const all = delivered + failed;
    return [
      bar(x, bottom - good, SLOT - 8, good, COLOUR.delivered),
      bar(x, bottom - good - bad, SLOT - 8, bad, COLOUR.failed),
      all > 0
        ? pen.centred(pen.format.int(all), x + SLOT / 2 - 4, bottom - good - bad - 6, SMALL)
        : '',
    ].join('');
  });
  return [line(bottom), ...bars, hourLabels(bottom + 24, pen)].join('\n');
}

function hourLabels(y: number, pen: Pen): string {
  const { ago } = textsFor(pen.lang).admin.stats.picture;
  return [23, 18, 12, 6, 0]
    .map((hoursAgo) => {
      const x = EDGE + (HOURS - 1 - hoursAgo) * SLOT + SLOT / 2;
      return pen.centred(ago(hoursAgo), x, y, SMALL);
    })
    .join('');
}

function rateByHour(hours: Hour[], top: number, height: number, pen: Pen): string {
  const y = (rate: number) => top + height - (rate / 100) * height;
  const known = hours.flatMap(({ rate }, at) =>
    rate === undefined ? [] : [{ x: EDGE + at * SLOT + SLOT / 2, y: y(rate) }],
  );
  const points = known.map((p) => `${p.x.toFixed(1)},${p.y.toFixed(1)}`).join(' ');
  return [
    ...[0, 50, 100].map(
      (rate) => line(y(rate)) + pen.scale(pen.format.percent(rate), y(rate) + 6, 17),
    ),
    `<polyline points="${points}" fill="none" stroke="${COLOUR.rate}" stroke-width="3" stroke-linejoin="round"/>`,
    ...known.map((p) => `<circle cx="${p.x}" cy="${p.y}" r="5" fill="${COLOUR.rate}"/>`),
    hourLabels(top + height + 26, pen),
  ].join('\n');
}

function siteRow(
  { site, jobs, rate }: { site: string; jobs: number; rate?: number | undefined },
  most: number,
  y: number,
  pen: Pen,
): string {
  const width = (jobs / most) * INNER;
  const good = width * ((rate ?? 100) / 100);
  const from = (size: number, before = 0) =>
    pen.isRtl ? WIDTH - EDGE - before - size : EDGE + before;
  const share = rate === undefined ? '' : ` · ${pen.format.percent(rate)}`;
  return [
    pen.heading(tidy(siteTitle(site, pen.lang), 40), y + 22, 20),
    pen.aside(`${pen.format.int(jobs)}${share}`, y + 22, 20),
    bar(from(good), y + 30, good, 12, COLOUR.delivered),
    bar(from(width - good, good), y + 30, width - good, 12, COLOUR.failed),
  ].join('');
}
