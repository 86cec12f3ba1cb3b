/** What `/health` says of each check, in Persian. */
import { formatFor, isolate } from '../../format.ts';
import { siteTitle } from '../../sites.ts';
import type { HealthDetails } from '../catalogue/health.ts';

const f = formatFor('fa');
const span = (ms: number) => f.span(ms / 1000);
const code = (text: string) => isolate(text, 200);
const accounts = (names: { site: string; account: string }[]) =>
  names.map((n) => `${siteTitle(n.site, 'fa')} (${code(n.account)})`).join('، ');
const answered = (ago: number | undefined) =>
  ago === undefined ? 'هنوز جوابی نیامده' : `آخرین جواب ${span(ago)} پیش`;

const SOURCES = {
  env: code('YTDLP_PATH'),
  path: 'نصب‌شده روی سرور',
  release: 'نسخهٔ رسمی',
  debian: 'بستهٔ دبیان',
} as const;

/** By the names the services have in the log. */
const SERVICES: Record<string, string> = {
  'CPU and memory samples': 'سنجش پردازنده و حافظه',
  'statistics logger': 'ثبت آمار',
  'clean-up': 'پاک‌سازی',
  'database backup': 'پشتیبان‌گیری',
  'yt-dlp update check': 'جست‌وجوی نسخهٔ تازه',
  'yt-dlp trial': 'آزمایش نسخهٔ تازه',
  'webhook check': 'بررسی وب‌هوک',
  'cookie check': 'بررسی کوکی‌ها',
  'cookie probe': 'آزمودن ورودها',
  alerts: 'هشدارها',
};
const service = (name: string) => SERVICES[name] ?? code(name);

export const details: HealthDetails = {
  cpu: (percent) => `${f.percent(percent)} مشغول`,
  memory: (p) => `${f.percent(p.percent)} پر، ${f.bytes(p.available)} از ${f.bytes(p.total)} آزاد`,
  disk: (p) =>
    `${f.bytes(p.free)} از ${f.bytes(p.total)} آزاد؛ شاید یک‌باره ${f.bytes(p.needed)} لازم شود`,
  queue: (p) =>
    `${f.int(p.queued)} در انتظار (${f.percent(p.percent)} پر)، ${f.int(p.running)} در جریان، ${f.int(p.taken)} از ${f.int(p.places)} جای دریافت گرفته`,
  workers: (p) => `${f.int(p.busy)} از ${f.int(p.limit)} مشغول، ${f.int(p.waiting)} کار در انتظار`,
  success: (p) => `در یک ساعت گذشته ${f.int(p.done)} از ${f.int(p.of)} کار موفق بود`,
  database: {
    sound: (bytes) => `سالم، ${f.bytes(bytes)}`,
    damaged: 'آسیب دیده است',
    answers: (bytes) => `پایگاه دادهٔ ⁨PostgreSQL⁩ پاسخ می‌دهد، ${f.bytes(bytes)}`,
    silent: 'پایگاه دادهٔ ⁨PostgreSQL⁩ پاسخ نمی‌دهد',
  },
  backup: {
    last: (ms) => `آخرین پشتیبان ${span(ms)} پیش`,
    none: 'هنوز نیست',
  },
  telegram: {
    answered,
    failing: (p) => `${answered(p.agoMs)}؛ ${f.int(p.failures)} درخواست پشت سر هم ناموفق`,
  },
  webhook: {
    unused: 'لازم نیست: ربات خودش پیام‌ها را از تلگرام می‌گیرد',
    leftOver: 'تنظیم شده است، با آنکه ربات خودش پیام‌ها را از تلگرام می‌گیرد',
    unset: 'تنظیم نشده است: هیچ پیامی نمی‌رسد',
    elsewhere: 'به نشانی دیگری تنظیم شده است',
    waiting: (n) => `${f.int(n)} پیام در تلگرام منتظر است`,
    failing: (p) => `${f.int(p.pending)} پیام در تلگرام منتظر است؛ آخرین خطا: ${code(p.why)}`,
  },
  ytdlp: (p) =>
    `نسخهٔ ${code(p.version)} (${SOURCES[p.source]})، ${f.int(p.days)} روزه${p.newer ? `؛ نسخهٔ تازه‌تر ${code(p.newer)} هم هست` : ''}${p.behind ? `؛ گره‌های دیگر نسخهٔ ${code(p.behind)} را دارند که اینجا به دست نیامد` : ''}`,
  version: (name) => `نسخهٔ ${code(name)}`,
  gallery: {
    later: 'هنوز نیست؛ با اولین پست عکس‌دار دریافت می‌شود',
    none: (lacks) => `نیست، و ${code(lacks)} هم برای دریافتش نیست: پست‌های بدون ویدیو رد می‌شوند`,
  },
  js: {
    found: (name) => `با ${code(name)}`,
    none: 'نیست: شاید یوتیوب کار نکند',
  },
  engine: {
    warm: (p) =>
      `آماده به کار، ${p.alive ? 'روشن' : 'خاموش'}${p.restarts > 0 ? `، ${f.int(p.restarts)} بار از نو روشن شد` : ''}`,
    spawn: 'برای هر پیوند یک پردازش تازه',
  },
  cookies: {
    dead: (names) => `وارد نشده: ${accounts(names)}`,
    ending: (names) => `ورود تا سه روز دیگر تمام می‌شود: ${accounts(names)}`,
    fine: (jars) => `${f.int(jars)} حساب وارد شده`,
    none: 'هیچ؛ همه چیز بدون ورود به حساب دریافت می‌شود',
  },
  edge: {
    last: (ms) => `آخرین کار ${span(ms)} پیش`,
    never: 'هنوز خبری از آن نیامده',
  },
  services: {
    fine: (next) => next.map((one) => `${service(one.name)} تا ${span(one.ms)} دیگر`).join('، '),
    failing: (names) => `ناموفق: ${names.map(service).join('، ')}`,
  },
  nodes: ({ alive, draining, gone, worried }) => {
    const named = (what: string, names: readonly string[]) =>
      names.length > 0 && `${what}: ${names.map((name) => isolate(name, 32)).join('، ')}`;
    return [
      `${f.int(alive)} گره در کار`,
      named('بدون پذیرش کار تازه', draining),
      named('از دسترس خارج', gone),
      named('نیازمند رسیدگی', worried),
    ]
      .filter(Boolean)
      .join('؛ ');
  },
  unknown: 'بررسی‌اش ممکن نشد',
};
