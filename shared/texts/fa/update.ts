/** `/update`, in Persian. */
import { formatFor, isolate, rtl } from '../../format.ts';
import type { TriedFacts, UpdateRate, UpdateTexts } from '../catalogue/update.ts';

const f = formatFor('fa');
const lines = (...all: (string | false | undefined)[]) =>
  rtl(all.filter((line) => line !== false && line !== undefined).join('\n'));
const code = (text: string) => isolate(text, 64);
const rate = ({ good, judged }: UpdateRate) =>
  judged === 0 ? 'هنوز هیچ' : `${f.int(good)} از ${f.int(judged)}`;
const follow = (others: number) =>
  others > 0 &&
  `${others === 1 ? 'گره دیگر هم' : `${f.int(others)} گره دیگر هم`} همین کار را می‌کند؛ ⁨/nodes⁩ نشان می‌دهد.`;
const outcome = (result: string) => (result === 'ok' ? '✅' : `❌ ${code(result)}`);
const tries = (tried: TriedFacts[]) =>
  tried.map(
    (t) => `• ${isolate(t.url, 80)}: پیش از این ${outcome(t.old)}، با نسخهٔ تازه ${outcome(t.next)}`,
  );

const REFUSED = {
  canary: 'یک بار آزموده و رد شد: پیوندهایی که اکنون کار می‌کنند با آن خطا دادند.',
  watch: 'یک بار به کار رفت و کنار گذاشته شد: دریافت‌های کمتری با آن موفق بود.',
  hand: 'یک بار به کار رفت و به دست مدیر کنار گذاشته شد.',
};

export const update: UpdateTexts = {
  page: (p) =>
    lines(
      `📦 برنامهٔ دریافت (${code('yt-dlp')})`,
      `در حال استفاده: ${code(p.version)}، ${f.int(p.days)} روزه`,
      p.newer ? `نسخهٔ تازه‌تر: ${code(p.newer)}` : 'هر شب دنبال نسخهٔ تازه‌تر می‌گردم.',
      p.refused && REFUSED[p.refused],
      p.previous && `نسخهٔ پیشین: ${code(p.previous)}`,
      p.behind &&
        `⚠️ گره‌های دیگر نسخهٔ ${code(p.behind)} را دارند که اینجا به دست نیامد؛ علت در لاگ همین گره است.`,
      ...p.elsewhere.map((o) => `روی گره ${isolate(o.node, 32)}: ${code(o.version)}`),
      p.trial &&
        `در آزمایش با ${f.int(p.trial.of)} دریافت: ${rate(p.trial.after)} موفق؛ پیش از آن ${rate(p.trial.before)}.`,
      '',
      'نسخهٔ تازه اول روی چند پیوند آزموده می‌شود (⁨/update links⁩)، اگر بدتر نبود به کار می‌رود، و اگر دریافت‌های کمتری با آن موفق شد خودم به نسخهٔ پیشین برمی‌گردم.',
    ),
  fixed: (version) =>
    lines(
      `📦 نسخهٔ ${code(version)} در کار است که با ⁨YTDLP_PATH⁩ انتخاب شده.`,
      'نسخهٔ تازه را همان‌جا بگذارید، یا ⁨YTDLP_PATH⁩ را از تنظیمات بردارید و ربات را از نو راه بیندازید تا خودم به آن برسم.',
    ),
  now: (version) => (version ? `⬆️ به‌روزرسانی به ${code(version)}` : '⬆️ به‌روزرسانی'),
  back: (version) => `↩️ بازگشت به ${code(version)}`,
  looking: '🔎 دنبال نسخهٔ تازه‌تر برنامهٔ دریافت می‌گردم…',
  trying: ({ version, done, of }) =>
    `🧪 در حال آزمودن نسخهٔ ${code(version)}: ${f.int(done)} از ${f.int(of)} پیوند…`,
  busy: 'یک به‌روزرسانی در جریان است.',
  newest: (version) => `✅ نسخهٔ ${code(version)} تازه‌ترین نسخه‌ای است که پیدا می‌شود.`,
  failed: (version) =>
    `❌ نسخهٔ ${code(version)} اینجا اجرا نمی‌شود. نسخهٔ کنونی می‌ماند؛ علت در لاگ است.`,
  worse: ({ from, to, tried }) =>
    lines(`❌ نسخهٔ ${code(to)} از ${code(from)} بدتر است؛ نسخهٔ کنونی می‌ماند.`, ...tries(tried)),
  switched: ({ from, to, tried, others }) =>
    lines(
      `✅ نسخهٔ ${code(to)} به کار رفت. کارهای در جریان با ${code(from)} تمام می‌شوند.`,
      follow(others),
      tried.length === 0 && 'پیوندی برای آزمودنش نبود.',
      ...tries(tried),
      'دریافت‌های بعدی را زیر نظر دارم و اگر کمتر موفق شدند خودم برمی‌گردم.',
    ),
  wentBack: ({ from, to, others }) =>
    lines(`↩️ نسخهٔ ${code(to)} دوباره به جای ${code(from)} به کار رفت.`, follow(others)),
  cannotGoBack: 'نسخهٔ پیشین دیگر در دسترس نیست. چیزی تغییر نکرد.',
  news: {
    offered: ({ version, using }) =>
      `📦 نسخهٔ تازه‌تری از برنامهٔ دریافت هست: ${code(version)} (در حال استفاده: ${code(using)}).`,
    wentBack: ({ from, to, before, after }) =>
      `↩️ نسخهٔ ${code(from)} بدتر بود: ${rate(after)} دریافت موفق شد، پیش از آن ${rate(before)}. به نسخهٔ ${code(to)} برگشتم.`,
    proved: ({ version, after }) =>
      `✅ نسخهٔ ${code(version)} از آزمایش سربلند بیرون آمد: ${rate(after)} دریافت موفق بود.`,
  },
  links: {
    page: ({ links, chosen }) =>
      lines(
        '🧪 نسخهٔ تازه روی این‌ها آزموده می‌شود:',
        ...links.map((link) => `• ${isolate(link, 300)}`),
        links.length === 0 && 'هنوز چیزی نرسیده است.',
        chosen ? 'به انتخاب مدیر.' : 'آخرین پیوند رسیده از هر یک از پرکارترین سایت‌ها.',
        '',
        'انتخاب: ⁨/update links⁩ و نشانی‌ها؛ بازگشت: ⁨/update links default⁩',
      ),
    usage: (most) =>
      `بنویسید ⁨/update links⁩ و یک تا ${f.int(most)} نشانی، یا ⁨/update links default⁩.`,
    set: (count) => `✅ نسخهٔ تازه روی ${f.int(count)} پیوند آزموده می‌شود.`,
    reset: '✅ پیوندها از میان آنچه می‌رسد انتخاب می‌شوند.',
  },
};
