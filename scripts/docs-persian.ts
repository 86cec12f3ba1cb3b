/**
 * The words of the table of settings for README.fa.md. They stand beside the script that prints
 * them: the node itself says nothing about its settings in Persian.
 */
import { VARIABLES } from '../node/config/variables.ts';

/** By the name of the variable: what it means. */
const MEANINGS: Record<string, string> = {
  BOT_TOKEN: 'توکنی که @BotFather می‌دهد؛ بی آن، جعبهٔ شنی اجرا می‌شود',
  TELEGRAM_API_ROOT: 'هر سرور Bot API؛ با سرور محلی سقف حجم فایل بالا می‌رود',
  UPDATES:
    '`polling`: گره خودش از تلگرام می‌پرسد · `webhook`: گره `POST /webhook` را جواب می‌دهد · `edge`: لبه‌ای جدا، کارها را با امضا به `POST /jobs` می‌فرستد',
  WEBHOOK_SECRET: 'برای `webhook` لازم است: ۱ تا ۲۵۶ نویسه از A–Z a–z 0–9 _ -',
  WEBHOOK_URL: 'نشانی عمومی که `webhook set` و نیز شروع در حالت `webhook` به تلگرام می‌دهد',
  NODE_SECRET:
    'برای `edge` لازم است: دست‌کم ۳۲ نویسه؛ هنگام تعویض، دو رمز با ویرگول انگلیسی در میان',
  HOST: 'نشانی‌ای که سرور HTTP روی آن گوش می‌دهد',
  PORT: 'پورت همان سرور',
  DATA_DIR: 'جای SQLite، کوکی‌ها، دریافت‌ها و yt-dlp؛ هم‌زمان فقط برای یک گره',
  DATABASE_URL:
    '`postgres://user:password@host:port/database`: یک PostgreSQL مشترک میان چند گره؛ هر گره `DATA_DIR` خودش را دارد',
  NODE_NAME: 'نامی که `/nodes` و گره‌های دیگر این گره را به آن می‌شناسند',
  ADMIN_IDS: 'شناسه‌های تلگرام مدیران، با ویرگول انگلیسی در میان',
  MAX_CONCURRENT_DOWNLOADS: 'دریافت‌های هم‌زمان با yt-dlp؛ `auto` از هسته‌ها و حافظه به دست می‌آید',
  WORKERS: 'کارهای سبک هم‌زمان: دستورها، دکمه‌ها، مشخصات، ارسال‌ها',
  RATE_LIMIT_GLOBAL_PER_MIN: 'درخواست‌های همه در هر ۶۰ ثانیه؛ `0` یعنی بی‌حد؛ مدیران معاف‌اند',
  RATE_LIMIT_USER_PER_MIN: 'درخواست‌های یک نفر در هر ۶۰ ثانیه؛ `0` یعنی بی‌حد؛ مدیران معاف‌اند',
  ENGINE: '`warm`، `spawn`، یا `auto` که یعنی هر جا پایتون بتواند yt_dlp را بار کند، `warm`',
  YTDLP_PATH: 'همان yt-dlp به کار می‌رود و دنبال دیگری نمی‌گردد',
  FFMPEG_PATH: 'همان ffmpeg به کار می‌رود؛ ffprobe باید کنارش باشد',
  EGRESS_ALLOW:
    '`host:port`، با ویرگول انگلیسی در میان: جاهای خصوصی که دریافت از آن‌ها آزاد است؛ هر جای خصوصی دیگر رد می‌شود',
  EGRESS_PROXY:
    '`http://[user:password@]host:port`: پروکسی همهٔ دریافت‌ها؛ خودش می‌تواند خصوصی باشد و فقط نشانی‌های بررسی‌شده از آن خواسته می‌شود',
  EGRESS_FAKE_IP:
    '`yes` پشت برنامهٔ VPN که برای هر نام نشانی‌ای از 198.18.0.0/15 می‌دهد؛ بی آن، این نشانی‌ها رد می‌شوند',
  MAX_FILE_MB: 'بزرگ‌ترین فایلی که فرستاده می‌شود، به مگابایت',
  JOB_TIMEOUT_S: 'بیشترین زمان یک کار، به ثانیه؛ دریافتی که ۶۰ ثانیه بایتی نگیرد زودتر تمام می‌شود',
  CLEANUP_INTERVAL_MIN: 'فاصلهٔ دو پاک‌سازی، به دقیقه',
  METRICS_INTERVAL_S: 'فاصلهٔ دو METRICS SUMMARY در لاگ، به ثانیه',
  LOG_LEVEL: '`trace`، `debug`، `info`، `warn`، `error` یا `fatal`',
  LOG_FORMAT: '`pretty` یا `json`',
};

/** Defaults that are words and not a value. */
const FALLBACKS: Record<string, string> = {
  empty: 'خالی',
  found: 'پیدا می‌شود',
  'auto, 8–32': 'خودکار، ۸ تا ۳۲',
  'auto, 16–64': 'خودکار، ۱۶ تا ۶۴',
  '—, SQLite in `DATA_DIR`': '—، SQLite در `DATA_DIR`',
  'host name and four letters, kept in `DATA_DIR`': 'نام میزبان و چهار حرف، در `DATA_DIR` می‌ماند',
  '`50`, or `2000` with a Bot API server of your own': '`50`، با سرور Bot API خودتان `2000`',
  '`pretty` on a terminal, else `json`': '`pretty` در ترمینال، وگرنه `json`',
};

/** A default that is only a sign or a value in backticks needs no words. */
const isValue = (fallback: string) => fallback === '—' || /^`[^`]+`$/.test(fallback);

/**
 * The rows of the table of settings.
 * @throws Error for a variable or a default that has no Persian words yet
 */
export function persianSettings(): string[][] {
  return VARIABLES.map(({ name, fallback }) => {
    const said = isValue(fallback) ? fallback : FALLBACKS[fallback];
    const meaning = MEANINGS[name];
    if (!meaning || !said) throw new Error(`scripts/docs-persian.ts lacks words for ${name}`);
    return [`\`${name}\``, said, meaning];
  });
}
