/** What a person reads while a job runs, and under the media it ends with. */
import { formatFor, isolate, rtl } from '../../format.ts';
import { siteTitle } from '../../sites.ts';
import type { Chosen, Progress, Texts } from '../catalogue.ts';

const f = formatFor('fa');
const join = (...parts: (string | undefined | false)[]) => parts.filter(Boolean).join(' · ');

function downloading({ percent, done, total, speed, eta }: Progress): string {
  const bar = percent === undefined ? undefined : `${f.bar(percent)} ${f.percent(percent)}`;
  const facts = join(
    total ? `${f.bytes(done)} از ${f.bytes(total)}` : done > 0 && f.bytes(done),
    speed !== undefined && speed > 0 && f.speed(speed),
    eta !== undefined && `${f.span(eta)} مانده`,
  );
  return rtl(['⬇️ در حال دریافت', bar, facts].filter(Boolean).join('\n'));
}

const CONVERTING = {
  merge: '🎬 تصویر و صدا را کنار هم می‌گذارم…',
  cut: '✂️ بخشی را که خواستید جدا می‌کنم…',
  reencode: '🎬 تبدیلش می‌کنم تا روی هر گوشی پخش شود…',
} as const;

export const status: Texts['status'] = {
  queued: ({ position, wait }) => {
    const place =
      position <= 1 ? '⏳ نفر بعدی شما هستید.' : `⏳ شما نفر ${f.int(position)} صف هستید.`;
    return wait === undefined ? place : `${place} حدود ${f.span(wait)} مانده است.`;
  },
  extracting: '🔎 پیوند را بررسی می‌کنم…',
  downloading,
  converting: ({ why }) => CONVERTING[why],
  uploading: ({ percent }) =>
    percent === undefined
      ? '⬆️ برایتان می‌فرستم…'
      : rtl(`⬆️ برایتان می‌فرستم\n${f.bar(percent)} ${f.percent(percent)}`),
  retrying: ({ n, seconds }) =>
    `هنوز نشد. پس از ${f.span(seconds)} دوباره امتحان می‌کنم (بار ${f.int(n)}).`,
  paused: ({ site, until }) =>
    `سایت ${isolate(siteTitle(site, 'fa'))} فعلاً درخواست هیچ‌کس را نمی‌پذیرد. پیوندتان را نگه می‌دارم و ${f.when(until)} ادامه می‌دهم.`,
  noSpace: '⏳ فضای دیسک سرور فعلاً پر است. پیوندتان را نگه می‌دارم و همین که جا باز شد ادامه می‌دهم.',
  batch: ({ done, failed, of, current }) => {
    const line = join(
      `📦 ${f.int(done)} از ${f.int(of)} انجام شد`,
      failed > 0 && `${f.int(failed)} ناموفق`,
    );
    return current ? `${line}\n${current}` : line;
  },
  cancelled: 'متوقف شد و چیزی نگه نداشتم.',
  stopped: ({ done, of }) => `متوقف شد. ${f.int(done)} مورد از ${f.int(of)} رسیده بود.`,
  about: ({ name, words }) => `${rtl(isolate(name, 100))}\n${words}`,
};

const WHY = {
  best: 'بهترین کیفیت موجود',
  fits: 'بهترین کیفیتی که جا می‌شود',
  asked: 'همان که خواستید',
} as const;

function clipLine({ clip }: Chosen): string | undefined {
  if (!clip) return undefined;
  return clip.end === undefined
    ? `✂️ از ${f.duration(clip.start)} به بعد`
    : `✂️ از ${f.duration(clip.start)} تا ${f.duration(clip.end)}`;
}

export const caption: Texts['caption'] = (p) => {
  const size = [p.height && f.height(p.height), f.bytes(p.bytes), WHY[p.why]];
  const part = p.part && `بخش ${f.int(p.part.n)} از ${f.int(p.part.of)}`;
  const words = p.subtitles && `💬 زیرنویس ${isolate(p.subtitles, 40)}`;
  const lines = [isolate(p.title, 300), words, clipLine(p), part, size.filter(Boolean).join('، ')];
  return rtl(lines.filter(Boolean).join('\n'));
};
