/** Menus, settings, lists, groups and inline mode. */
import { formatFor, isolate, rtl } from '../../format.ts';
import type { ScreenTexts, Size } from '../catalogue/screens.ts';

const f = formatFor('fa');
/** A plain file does not tell its height before it is fetched. */
const rung = (lines: number) => (lines === 0 ? 'ویدیو' : f.height(lines));
const size = (s: Size | undefined) =>
  s === undefined ? 'حجم نامعلوم' : `${s.exact ? '' : '≈ '}${f.bytes(s.bytes)}`;
const FORMS = { media: '🎬', audio: '🎵', file: '📄', subtitles: '💬', clip: '✂️' } as const;
const RANGE_EXAMPLE = 'مثلاً «۳ تا ۱۲»';

const menu: ScreenTexts['menu'] = {
  title: ({ title, duration, limit }) =>
    rtl(
      [
        duration === undefined
          ? isolate(title, 300)
          : `${isolate(title, 300)} · ${f.duration(duration)}`,
        `کدام را می‌خواهید؟ تا ${f.bytes(limit)} می‌توانم بفرستم. نشانهٔ ≈ یعنی حجم تقریبی است.`,
      ].join('\n'),
    ),
  video: ({ height, size: s, fits }) =>
    rtl(`${fits ? '🎬' : '⚠️'} ${rung(height)} · ${size(s)}${fits ? '' : ' · چندبخشی'}`),
  audio: ({ format, size: s }) => rtl(`🎵 ${isolate(format)} · ${size(s)}`),
  subtitlesTitle: ({ title }) =>
    rtl(`${isolate(title, 300)}\nزیرنویس را به چه زبانی می‌خواهید؟ در فایلی جدا می‌فرستم.`),
  subtitles: ({ language, auto }) => rtl(`💬 ${isolate(language, 24)}${auto ? ' (خودکار)' : ''}`),
  original: ({ size: s }) => `📄 فایل اصلی · ${size(s)}`,
  subtitlesMenu: '💬 زیرنویس',
};

const settings: ScreenTexts['settings'] = {
  title: 'تنظیمات شما. برای تغییر، روی هر مورد بزنید.',
  mode: 'وقتی پیوندی می‌رسد',
  modes: { send: 'فوراً بفرست', ask: 'همیشه بپرس', audio: 'همیشه صدا' },
  highest: 'بالاترین کیفیت',
  height: (lines) => (lines === 0 ? 'بدون محدودیت' : f.height(lines)),
  audioFormat: 'فرمت صدا',
  captions: 'توضیح زیر فایل',
  asFile: 'ارسال به‌صورت فایل',
  language: 'زبان',
  on: 'روشن',
  off: 'خاموش',
  row: ({ name, value }) => `${name}: ${value}`,
  saved: 'ذخیره شد.',
};

const list: ScreenTexts['list'] = {
  ask: ({ title, total, max }) => {
    const what = title === undefined ? 'این پیوند یک فهرست است' : `فهرست ${isolate(title)}`;
    const count = total === undefined ? '' : `، شامل ${f.int(total)} مورد`;
    return `${what}${count}. چند تا را بیاورم؟ هر بار تا ${f.int(max)} مورد می‌آورم.`;
  },
  first: (n) => `${f.int(n)} مورد اول`,
  all: (n) => `همهٔ ${f.int(n)} مورد`,
  typeRange: 'انتخاب بازه…',
  askRange: ({ total, max }) =>
    total === undefined
      ? `بازه را بفرستید، ${RANGE_EXAMPLE}. هر بار تا ${f.int(max)} مورد.`
      : `بازه را بفرستید، ${RANGE_EXAMPLE}. این فهرست ${f.int(total)} مورد دارد؛ هر بار تا ${f.int(max)} مورد.`,
  badRange: ({ total, max }) =>
    total === undefined
      ? `لطفاً دو عدد بنویسید، ${RANGE_EXAMPLE}. هر بار تا ${f.int(max)} مورد.`
      : `لطفاً دو عدد بین ۱ و ${f.int(total)} بنویسید، ${RANGE_EXAMPLE}. هر بار تا ${f.int(max)} مورد.`,
  pause: '⏸ مکث',
  resume: '▶️ ادامه',
  paused: ({ done, of }) =>
    `⏸ مکث کردم؛ ${f.int(done)} مورد از ${f.int(of)} رسیده است. برای بقیه «ادامه» را بزنید.`,
  finished: ({ done, failed, of }) =>
    failed === 0
      ? `✅ تمام شد: ${f.int(done)} از ${f.int(of)}.`
      : `تمام شد: ${f.int(done)} از ${f.int(of)}؛ ${f.int(failed)} ناموفق.`,
};

export const screens: ScreenTexts = {
  menu,
  settings,
  list,
  history: {
    title: 'آخرین فایل‌های شما. روی هر کدام بزنید تا فوراً دوباره بفرستم.',
    empty: 'هنوز چیزی اینجا نیست. پیوندی بفرستید تا شروع کنیم.',
    row: ({ title, form, at }) => rtl(`${FORMS[form]} ${isolate(title, 36)} · ${f.date(at)}`),
  },
  privacy: {
    ask: 'هر چه از شما نگه داشته‌ام پاک کنم؟ تنظیمات، سابقه و پیوندها. این کار برگشت ندارد.',
    yes: 'بله، پاک کن',
    no: 'نه، بماند',
    done: ({ jobs, settings: had }) =>
      `پاک شد: ${f.int(jobs)} مورد از سابقه${had ? ' و تنظیمات شما' : ''}. حالا چیزی از شما نمی‌دانم.`,
    kept: 'باشد، همه چیز سر جایش می‌ماند.',
  },
  language: {
    ask: 'به چه زبانی حرف بزنم؟',
    names: { en: 'English', fa: 'فارسی' },
    set: 'از حالا با شما فارسی حرف می‌زنم.',
  },
  cancel: {
    nothing: 'کاری در جریان نیست که متوقفش کنم.',
    done: ({ jobs }) => `${jobs === 1 ? 'یک' : f.int(jobs)} دریافت متوقف شد.`,
  },
  offer: {
    title: ({ size: bytes, limit }) =>
      bytes === undefined
        ? `این فایل بزرگ است و من تا ${f.bytes(limit)} می‌توانم بفرستم. به جای آن کدام را می‌خواهید؟`
        : `حجم این فایل ${f.bytes(bytes)} است و من تا ${f.bytes(limit)} می‌توانم بفرستم. به جای آن کدام را می‌خواهید؟`,
    largest: ({ height, size: s }) => rtl(`🎬 ${rung(height)} · ${size(s)}، بهترینی که جا می‌شود`),
    audio: ({ size: s }) => `🎵 فقط صدا · ${size(s)}`,
    parts: ({ height, parts }) => rtl(`✂️ ${rung(height)} در ${f.int(parts)} بخش`),
  },
  clip: {
    ask: ({ duration }) =>
      duration === undefined
        ? 'کدام بخش؟ بازه را بفرستید، مثلاً «۱:۲۰ تا ۲:۴۵».'
        : `کدام بخش؟ بازه را بفرستید، مثلاً «۱:۲۰ تا ۲:۴۵». طول ویدیو ${f.duration(duration)} است.`,
    example: 'از ۱:۲۰ تا ۲:۴۵',
    badFormat: 'این بازه را نفهمیدم. شروع و پایان را بنویسید، مثلاً «۱:۲۰ تا ۲:۴۵».',
  },
  group: {
    added:
      'سلام به همه! پیوند بفرستید تا فایلش را همین‌جا بیاورم. مدیران گروه رفتارم را با ⁨/settings⁩ تنظیم می‌کنند.',
    privacyMode:
      'پیوندهای این گروه را نمی‌بینم، چون حالت حریم خصوصی تلگرام پیام‌ها را از من پنهان می‌کند. اگر مرا مدیر گروه کنید، می‌بینم.',
    title: 'تنظیمات این گروه. فقط مدیران گروه می‌توانند تغییرش دهند.',
    links: 'پاسخ به پیوندها',
    quiet: 'بی‌صدا (فقط واکنش)',
    adminsOnly: 'فقط مدیران این گروه می‌توانند آن را تغییر دهند.',
    inPrivate: 'این موضوع بین خودمان است؛ لطفاً همین دستور را در گفت‌وگوی خصوصی برایم بفرستید.',
  },
  inline: {
    hint: 'پیوند را بعد از نام من بنویسید',
    cached: ({ title }) => `ارسال ${isolate(title)}`,
    fetch: 'اول این فایل را دریافت کن',
    goBack: 'بفرمایید. برای فرستادنش در گفت‌وگوی دیگر، دکمه را بزنید.',
    goBackButton: 'بازگشت به گفت‌وگو',
  },
  profile: {
    short: 'پیوند بفرستید و ویدیو، آهنگ یا عکس را به‌صورت فایل بگیرید.',
    description:
      'من پستچی هستم. پیوندی از یوتیوب، اینستاگرام، تیک‌تاک، ایکس، آپارات و سایت‌های دیگر بفرستید تا ویدیو، آهنگ یا عکس‌هایش را برایتان بیاورم. تبلیغ ندارم و با ⁨/forget_me⁩ هر چه از شما می‌دانم پاک می‌شود.',
    commands: {
      start: 'سلام و شروع',
      help: 'چه کارهایی بلدم',
      settings: 'کیفیت، صدا، توضیح و زبان',
      history: 'آخرین فایل‌ها، آمادهٔ ارسال دوباره',
      lang: 'تغییر زبان',
      cancel: 'توقف کارهای در حال انجام',
      forget_me: 'پاک کردن هر چه از شما می‌دانم',
    },
    adminCommands: {
      stats: 'آمار روز گذشته و کل',
      health: 'آیا همه چیز خوب است؟',
      circuit: 'کدام سایت‌ها متوقف‌اند',
      queue: 'کارهای در جریان و در صف',
      cleanup: 'آزاد کردن فضای دیسک',
      reset_stats: 'شروع دوبارهٔ آمار',
      nodes: 'گره‌ها (سرورها) و بارشان',
      user: 'جست‌وجوی یک نفر',
      ban: 'محروم کردن یک نفر از ربات',
      unban: 'رفع محرومیت یک نفر',
      broadcast: 'پیام به همه',
      cookies: 'ورود به حساب سایت‌ها',
      log: 'جست‌وجوی شمارهٔ خطا',
      maintenance: 'روشن یا خاموش کردن حالت تعمیر',
      limits: 'تغییر محدودیت‌ها',
      channels: 'عضویت لازم پیش از استفاده',
      update: 'به‌روزرسانی برنامهٔ دریافت',
    },
  },
};
