/** آنچه مدیر ربات می‌خواند: what an admin reads, in Persian. */
import { formatFor, isolate, rtl } from '../../format.ts';
import { siteTitle } from '../../sites.ts';
import type {
  AdminTexts,
  CookieFacts,
  FiguresFacts,
  HealthName,
  NodeFacts,
  SiteFigures,
} from '../catalogue/admin.ts';
import { details } from './health.ts';
import { update } from './update.ts';

const f = formatFor('fa');
const site = (name: string) => isolate(siteTitle(name, 'fa'));
/** On a button, where 64 characters are all there is. */
const short = (name: string) => isolate(siteTitle(name, 'fa'), 32);
const lines = (...all: (string | false | undefined)[]) =>
  rtl(all.filter((line) => line !== false && line !== undefined).join('\n'));
const code = (text: string | number) => isolate(String(text), 64);
const MARK = { ok: '✅', warn: '⚠️', bad: '❌' } as const;

const siteLine = (s: SiteFigures) =>
  [
    `• ${site(s.site)}: ${f.int(s.jobs)}`,
    s.rate === undefined ? undefined : f.percent(s.rate),
    s.p50 === undefined ? undefined : `میانه ${f.span(s.p50)}`,
    s.p95 === undefined ? undefined : `صدک ۹۵: ${f.span(s.p95)}`,
  ]
    .filter(Boolean)
    .join(' · ');

const figures = (title: string, p: FiguresFacts): string =>
  lines(
    title,
    `👥 ${f.int(p.people)} نفر، ${f.int(p.fresh)} نفر تازه`,
    `📦 ${f.int(p.jobs)} کار: ${f.int(p.delivered)} رسید، ${f.int(p.failed)} ناموفق، ${f.int(p.cancelled)} لغو`,
    p.rate === undefined ? 'هنوز کاری تمام نشده است.' : `🎯 موفقیت ${f.percent(p.rate)}`,
    `⚡ ${f.int(p.cached)} فوری، از فایل‌های آماده · 💾 ${f.bytes(p.bytes)}`,
    ...p.sites.map(siteLine),
    p.errors.length > 0 &&
      `پرتکرارترین خطاها: ${p.errors.map((e) => `${code(e.code)} ${f.int(e.jobs)}`).join('، ')}`,
  );

const isAlive = (c: CookieFacts) => c.signedIn && c.probed?.alive !== false;
const cookieLine = (c: CookieFacts) =>
  [
    `${isAlive(c) ? '✅' : '❌'} ${site(c.site)} (${isolate(c.account, 32)}): ${isAlive(c) ? 'وارد شده' : 'وارد نشده'}`,
    c.expires === undefined ? undefined : `تا ${f.date(c.expires)}`,
    c.probed &&
      `آزموده شد ${f.when(c.probed.at)}: ${c.probed.alive ? 'کار می‌کند' : 'سایت نپذیرفت'}`,
    c.restingUntil === undefined ? undefined : `در استراحت تا ${f.when(c.restingUntil)}`,
  ]
    .filter(Boolean)
    .join('، ');

const nodeLines = (n: NodeFacts) => {
  const mark = !n.alive ? '🔴' : n.draining ? '🟡' : '🟢';
  const name = `${mark} ${isolate(n.id, 32)}${n.here ? ' (همین گره)' : ''}`;
  if (!n.alive) return rtl(`${name}: آخرین نشانه ${f.when(n.seenAt)}`);
  const facts = [
    `${f.int(n.running)} از ${f.int(n.places)} جا`,
    n.draining && 'کار تازه نمی‌پذیرد',
    n.cpu !== undefined && `پردازنده ${f.percent(n.cpu)}`,
    n.memory !== undefined && `حافظه ${f.percent(n.memory)}`,
    n.diskFree !== undefined && `${f.bytes(n.diskFree)} جای خالی دیسک`,
    n.version !== undefined && `نسخهٔ ${code(n.version)}`,
    n.ytdlp !== undefined && code(`yt-dlp ${n.ytdlp}`),
    n.engine !== undefined && code(n.engine),
    `از ${f.when(n.startedAt)}`,
    n.trouble.length > 0 && `⚠️ ${n.trouble.map(troubleName).join('، ')}`,
  ];
  return rtl(`${name}: ${facts.filter(Boolean).join(' · ')}`);
};

const troubleName = (name: string) =>
  Object.hasOwn(HEALTH_NAMES, name) ? HEALTH_NAMES[name as HealthName] : code(name);

export const admin: AdminTexts = {
  stats: {
    page: ({ day, all, since, people }) =>
      lines(
        '📊 آمار',
        `در مجموع ${f.int(people.all)} نفر، ${f.int(people.blocked)} نفر ربات را مسدود کرده‌اند، ${f.int(people.banned)} نفر محروم`,
        '',
        figures('۲۴ ساعت گذشته', day),
        '',
        figures(since === undefined ? 'از آغاز' : `از ${f.date(since)}`, all),
      ),
    picture: {
      title: '۲۴ ساعت گذشته',
      jobs: 'تعداد کارها در هر ساعت',
      rate: 'درصد موفقیت در هر ساعت',
      bySite: 'هر سایت: تعداد کارها و درصد موفقیت',
      nothing: 'هنوز اتفاقی نیفتاده است',
      delivered: 'رسیده',
      failed: 'ناموفق',
      ago: (hours) => (hours === 0 ? 'اکنون' : `${f.int(hours)} ساعت پیش`),
    },
  },
  health: {
    title: '🩺 سلامت ربات',
    details,
    line: ({ name, state, detail }) => rtl(`${MARK[state]} ${HEALTH_NAMES[name]}: ${detail}`),
    verdict({ state, name }) {
      if (state === 'ok') return '✅ همه چیز خوب است و کاری لازم نیست.';
      const what = state === 'warn' ? '⚠️ کار می‌کند، با یک نگرانی' : '❌ چیزی خراب است';
      return lines(
        `${what}${name ? `: ${HEALTH_NAMES[name]}.` : '.'}`,
        name && `گام بعدی: ${HEALTH_STEPS[name]}`,
      );
    },
  },
  circuit: {
    page: ({ sites }) =>
      lines(
        '🔌 مدارشکن‌های سایت‌ها',
        ...sites.map(({ site: name, phase, failures, until, why = '', waiting }) => {
          const queue = waiting > 0 ? `، ${f.int(waiting)} کار در انتظار` : '';
          const reason = why === 'hand' ? 'به دست مدیر' : `به علت ${code(why)}`;
          if (phase === 'open')
            return `🔴 ${site(name)}: باز (متوقف) تا ${f.when(until ?? 0)}، ${reason}${queue}`;
          if (phase === 'half_open')
            return `🟡 ${site(name)}: نیمه‌باز، در حال آزمودن با یک کار، ${reason}${queue}`;
          const worry = failures > 0 ? `، ${f.int(failures)} خطا در ۲۰ کار آخر` : '';
          return `🟢 ${site(name)}: بسته (در کار)${worry}${queue}`;
        }),
        '',
        '«باز» یعنی متوقف: کارهای آن سایت منتظر می‌مانند. توقف دستی یک ساعت طول می‌کشد.',
      ),
    pause: (name) => `⏸ توقف ${short(name)}`,
    resume: (name) => `▶️ ادامهٔ ${short(name)}`,
  },
  cleanup: {
    plan: ({ items }) =>
      lines(
        '🧹 این‌ها پاک می‌شوند:',
        ...items.map(
          (i) =>
            `• ${CLEANED[i.what] ?? isolate(i.what)}: ${f.int(i.count)} مورد، ${f.bytes(i.bytes)}`,
        ),
      ),
    nothing: '🧹 چیزی برای پاک کردن نیست. به آنچه کارهای در جریان لازم دارند هرگز دست نمی‌زنم.',
    go: (bytes) => `🧹 آزاد کردن ${f.bytes(bytes)}`,
    done: ({ count, bytes }) => `🧹 ${f.int(count)} مورد پاک شد و ${f.bytes(bytes)} آزاد شد.`,
  },
  reset: {
    ask: ({ jobs, since }) =>
      `آمار از نو شروع شود؟ ${f.int(jobs)} کار${since === undefined ? '' : ` از ${f.date(since)}`} دیگر شمرده نمی‌شود. آمار کنونی در دفتر کارهای مدیران می‌ماند.`,
    yes: 'بله، از نو',
    no: 'نه، بماند',
    done: 'آمار از این لحظه از نو شمرده می‌شود. آمار پیشین در دفتر کارهای مدیران هست.',
    kept: 'آمار همان‌طور که بود ماند.',
  },
  queue: (q) =>
    lines(
      `📮 ${f.int(q.queued)} در صف، ${f.int(q.running)} در جریان، ${f.int(q.sending)} در حال ارسال؛ ${f.int(q.places)} جا`,
      q.held && '🔧 کار تازه‌ای شروع نمی‌شود: ⁨/maintenance off⁩',
      q.oldest !== undefined && `قدیمی‌ترین کار از ${f.when(q.oldest)} منتظر است`,
      ...q.now.map(
        (j) =>
          `▶️ ${code(`#${j.id}`)} ${site(j.site)}: ${STAGES[j.stage ?? ''] ?? 'شروع'}، ${f.span(j.seconds)}${j.node ? `، روی گره ${isolate(j.node, 32)}` : ''}`,
      ),
      ...q.waiting.map((w) => `⏳ ${site(w.site)}: ${f.int(w.jobs)}`),
    ),
  person: {
    page: (p) =>
      lines(
        `👤 ${isolate(p.name ?? String(p.id), 64)}${p.username ? ` ${code(`@${p.username}`)}` : ''} (${code(p.id)})`,
        `از ${f.date(p.since)} اینجاست؛ آخرین پیام: ${f.when(p.seen)}`,
        p.banned && '⛔ محروم',
        p.blocked && '🚫 ربات را مسدود کرده است',
        p.waiting > 0 && `${f.int(p.waiting)} کار در صف یا در جریان`,
        ...p.last.map(
          (j) =>
            `• ${f.when(j.at)}، ${site(j.site)}: ${STATES[j.state] ?? code(j.state)}${j.code && j.code !== j.state ? ` (${code(j.code)})` : ''}`,
        ),
      ),
    usage: 'شمارهٔ کاربر را بنویسید: ⁨/user 12345⁩ (برای ⁨/ban⁩ و ⁨/unban⁩ هم همین‌طور).',
    unknown: (id) => `کسی با شمارهٔ ${code(id)} به من پیام نداده است.`,
    banned: (id) => `⛔ کاربر ${code(id)} محروم شد و کارهای منتظرش متوقف شدند.`,
    unbanned: (id) => `✅ کاربر ${code(id)} دوباره می‌تواند از ربات استفاده کند.`,
    admin: 'این شماره از مدیران است. اول آن را از ⁨ADMIN_IDS⁩ بردارید.',
    ban: '⛔ محروم کن',
    unban: '✅ رفع محرومیت',
  },
  broadcast: {
    usage: 'متن را بعد از ⁨/broadcast⁩ بنویسید، یا در پاسخ به یک پیام ⁨/broadcast⁩ بفرستید.',
    preview: ({ of, seconds }) =>
      `☝️ این پیام برای ${f.int(of)} نفر می‌رود و حدود ${f.span(seconds)} طول می‌کشد.`,
    send: (of) => `📣 ارسال به ${f.int(of)} نفر`,
    cancel: 'نفرست',
    cancelled: 'فرستاده نشد.',
    running: (p) =>
      `📣 ${f.int(p.sent)} از ${f.int(p.of)} فرستاده شد؛ ${f.int(p.blocked)} نفر ربات را مسدود کرده‌اند، ${f.int(p.failed)} ناموفق.`,
    finished: (p) =>
      `📣 تمام شد: ${f.int(p.sent)} از ${f.int(p.of)} نفر گرفتند؛ ${f.int(p.blocked)} نفر ربات را مسدود کرده‌اند، ${f.int(p.failed)} ناموفق.`,
    stopped: (p) => `📣 پس از ${f.int(p.sent)} از ${f.int(p.of)} متوقف شد.`,
    stop: 'توقف',
  },
  cookies: {
    page: ({ jars, untried }) =>
      lines(
        '🍪 کوکی‌ها',
        jars.length === 0 && 'هنوز چیزی نیست: همه چیز بدون ورود به حساب دریافت می‌شود.',
        ...jars.map(cookieLine),
        ...untried.map(
          (name) =>
            `👁 در ${site(name)} فقط خود کوکی‌ها و تاریخشان بررسی می‌شود. برای آزمودن ورود، پیوندی بدهید که فقط با این حساب باز می‌شود: ⁨/cookies probe ${name} https://…⁩`,
        ),
        '',
        'برای افزودن، فایل ⁨cookies.txt⁩ (فرمت ⁨Netscape⁩) را بفرستید. یک کلمه در توضیح فایل، نام حساب می‌شود.',
      ),
    how: 'آن را به‌صورت فایل بفرستید، نه متن.',
    added: ({ jars }) => lines('🍪 نگه داشتم:', ...jars.map(cookieLine)),
    notCookies:
      'این فایل کوکی با فرمت ⁨Netscape⁩ نیست. آن را به‌صورت ⁨cookies.txt⁩ خروجی بگیرید و دوباره بفرستید.',
    tooLarge: 'فایل کوکی هرگز این‌قدر بزرگ نیست. فقط کوکی‌های یک سایت را خروجی بگیرید.',
    noSite: 'در این فایل، کوکی سایتی که بشناسم نیست.',
    remove: ({ site: name, account }) => rtl(`🗑 ${short(name)} (${isolate(account, 16)})`),
    removed: 'برداشته شد.',
    probes: ({ links }) =>
      lines(
        '🔎 ورودها روزی دو بار روی این نشانی‌ها آزموده می‌شوند:',
        ...links.map((link) => `• ${site(link.site)}: ${isolate(link.url, 300)}`),
        links.length === 0 && 'هنوز هیچ: فقط به خود کوکی‌ها نگاه می‌کنم.',
        '',
        'پیوندی بدهید که فقط با ورود باز می‌شود: ⁨/cookies probe instagram⁩ و نشانی آن. بازگشت: ⁨/cookies probe instagram default⁩',
      ),
    probeUsage:
      'بنویسید ⁨/cookies probe⁩ و نام سایت (⁨youtube⁩، ⁨instagram⁩، ⁨x⁩…) و یک نشانی، یا ⁨default⁩.',
    probeSet: (name) => `✅ ورود به ${site(name)} آنجا آزموده می‌شود.`,
  },
  log: {
    usage: 'هشت حرف شمارهٔ خطا را بنویسید: ⁨/log 1a2b3c4d⁩',
    unknown: 'کاری با این شماره نیست. شماره‌ها ۳۰ روز می‌مانند.',
    page: (p) =>
      lines(
        `🧾 خطای ${code(p.errorId)}: ${code(p.code)}`,
        p.at !== undefined && f.when(p.at),
        `کار ${code(p.job)} از کاربر ${code(`/user ${p.user}`)}`,
        `${site(p.site)}: ${isolate(p.url, 300)}`,
        `${f.int(p.attempts)} تلاش، ${f.span(p.seconds)}`,
        p.detail !== '' && isolate(p.detail, 1500),
      ),
  },
  maintenance: {
    usage: 'بنویسید ⁨/maintenance on⁩ یا ⁨/maintenance off⁩.',
    on: ({ running }) =>
      `🔧 حالت تعمیر روشن شد. پیوندهای تازه نگه داشته می‌شوند و منتظر می‌مانند؛ ${f.int(running)} کار در جریان تمام می‌شود.`,
    off: ({ queued }) => `✅ حالت تعمیر خاموش شد. ${f.int(queued)} کار اکنون شروع می‌شود.`,
    is: (on) => (on ? '🔧 حالت تعمیر روشن است.' : '✅ حالت تعمیر خاموش است.'),
  },
  limits: {
    page: (p) => {
      const mark = (name: string) => (p.changed.includes(name) ? ' ✏️' : '');
      const rate = (n: number) => (n === 0 ? 'خاموش' : `${f.int(n)} در دقیقه`);
      return lines(
        '🚦 محدودیت‌ها',
        `هر نفر (${code('user')}): ${rate(p.user)}${mark('user')}`,
        `در مجموع (${code('global')}): ${rate(p.global)}${mark('global')}`,
        `هر فایل (${code('size')}): تا ${f.bytes(p.size * 1024 * 1024)}${mark('size')}`,
        `دریافت هم‌زمان (${code('downloads')}): ${f.int(p.downloads)}${mark('downloads')}`,
        '',
        'تغییر: ⁨/limits user 20⁩ و بازگشت همه: ⁨/limits reset⁩',
        p.remoteEdge &&
          'اینجا نرخ‌ها همان‌اند که در ⁨wrangler.toml⁩ نوشته شده، چون ⁨edge⁩ جای دیگری است.',
      );
    },
    usage: 'نام و عدد را بنویسید، مثلاً ⁨/limits user 20⁩. نام‌ها: ⁨user⁩، ⁨global⁩، ⁨size⁩، ⁨downloads⁩.',
    set: ({ name, value }) =>
      rtl(`✅ مقدار ${code(name)} اکنون ${f.int(value)} است و پس از راه‌اندازی دوباره هم می‌ماند.`),
    bad: ({ name, min, max }) =>
      rtl(`مقدار ${code(name)} باید عددی از ${f.int(min)} تا ${f.int(max)} باشد.`),
    reset: '✅ محدودیت‌ها دوباره همان‌اند که در تنظیمات نوشته شده.',
  },
  channels: {
    page: ({ channels }) =>
      lines(
        channels.length === 0
          ? '📢 همه می‌توانند از ربات استفاده کنند.'
          : '📢 فقط اعضای این کانال‌ها می‌توانند از ربات استفاده کنند:',
        ...channels.map((c) => `• ${isolate(c.title)} ${code(c.name)}`),
        '',
        'افزودن: ⁨/channels add @name⁩ (اول مرا مدیر آن کانال کنید). برداشتن: ⁨/channels remove @name⁩',
      ),
    usage: 'بنویسید ⁨/channels add @name⁩ یا ⁨/channels remove @name⁩.',
    added: (name) => `✅ از حالا فقط اعضای ${code(name)} می‌توانند از ربات استفاده کنند.`,
    removed: (name) => rtl(`✅ عضویت در ${code(name)} دیگر لازم نیست.`),
    unknown: 'این کانال در فهرست نیست.',
    cannotSee: 'نمی‌توانم اعضای آنجا را ببینم. مرا مدیر کانال کنید و دوباره بفرستید.',
  },
  nodes: {
    page: ({ nodes, shared }) =>
      lines(
        '🖥 گره‌ها',
        ...nodes.map(nodeLines),
        !shared && '',
        !shared && 'تنها گره همین است. با ⁨DATABASE_URL⁩ چند گره کار را میان خود پخش می‌کنند.',
      ),
    drain: (id) => `⏸ توقف پذیرش ${isolate(id, 32)}`,
    resume: (id) => `▶️ ادامهٔ پذیرش ${isolate(id, 32)}`,
  },
  alerts: {
    atNode: ({ node, words }) => rtl(`گره ${isolate(node, 32)}: ${words}`),
    nodeGone: ({ node, seenAt, left }) =>
      rtl(
        `🔴 گره ${isolate(node, 32)} از دسترس خارج شد؛ آخرین نشانه: ${f.when(seenAt)}. کارهایش روی ${f.int(left)} گره دیگر ادامه می‌یابد. ⁨/nodes⁩ را ببینید.`,
      ),
    nodeBack: ({ node }) => rtl(`✅ گره ${isolate(node, 32)} برگشت.`),
    cpu: ({ percent }) =>
      `⚠️ پردازنده ۵ دقیقه است که روی ${f.percent(percent)} مانده. ⁨/health⁩ را ببینید؛ اگر ماند، سرور هستهٔ بیشتری می‌خواهد.`,
    memory: ({ percent }) =>
      `⚠️ حافظه ۵ دقیقه است که روی ${f.percent(percent)} مانده. ⁨/health⁩ را ببینید؛ ربات را از نو راه بیندازید یا حافظهٔ سرور را بیشتر کنید.`,
    success: ({ percent }) =>
      `⚠️ فقط ${f.percent(percent)} کارها موفق‌اند. ⁨/stats⁩ و ⁨/circuit⁩ را ببینید و بعد خطاهای لاگ را.`,
    queue: ({ percent }) =>
      `⚠️ صف ${f.percent(percent)} پر است. ⁨/health⁩ را ببینید؛ ⁨MAX_CONCURRENT_DOWNLOADS⁩ را بالا ببرید یا سرور را ارتقا دهید.`,
    disk: ({ detail }) => `⚠️ دیسک دارد پر می‌شود: ${detail}. دستور ⁨/cleanup⁩ را بزنید.`,
    breaker: ({ site: name, code: why, until }) =>
      `🔌 سایت ${site(name)} برای همه خطا می‌دهد (${code(why)}) و تا ${f.when(until)} متوقف است. ⁨/circuit⁩ را ببینید.`,
    cookies: ({ detail }) => rtl(`🍪 کوکی‌ها: ${detail}. کوکی تازه بفرستید: ⁨/cookies⁩`),
    ytdlp: ({ detail }) => rtl(`⚠️ برنامهٔ دریافت: ${detail}. نسخهٔ تازه‌تر: ⁨/update⁩`),
    webhook: ({ detail }) =>
      `⚠️ تلگرام به وب‌هوک نمی‌رسد: ${detail}. ⁨WEBHOOK_URL⁩ و گواهی آن را بررسی کنید.`,
    crashed: ({ requeued, dead, uncertain }) =>
      `🔁 درست خاموش نشده بودم و دوباره راه افتادم. ${f.int(requeued)} کار ادامه می‌یابد، دربارهٔ ${f.int(uncertain)} کار پرسیدم و از ${f.int(dead)} کار گذشتم. علت در لاگ پیشین است.`,
    over: {
      cpu: '✅ پردازنده دوباره آرام است.',
      memory: '✅ حافظه دوباره کافی است.',
      success: '✅ کارها دوباره موفق‌اند.',
      queue: '✅ صف دوباره جا دارد.',
      disk: '✅ دیسک دوباره جا دارد.',
      cookies: '✅ کوکی‌ها دوباره درست‌اند.',
      ytdlp: '✅ برنامهٔ دریافت دوباره تازه است.',
      webhook: '✅ تلگرام دوباره به وب‌هوک می‌رسد.',
      breaker: ({ site: name }) => `✅ سایت ${site(name)} دوباره کار می‌کند.`,
    },
  },
  update,
  notices: {
    maintenance: '🔧 الان در دست تعمیرم. پیوندتان را نگه می‌دارم و به‌زودی خودم شروعش می‌کنم.',
    join: ({ channels }) =>
      lines('لطفاً اول عضو شوید، بعد دکمه را بزنید:', ...channels.map((name) => `• ${code(name)}`)),
    checkAgain: '✅ عضو شدم',
  },
};

/** By the names clean-up gives them. */
const CLEANED: Record<string, string> = {
  'job folders nobody holds': 'پوشه‌های کارهای تمام‌شده',
  'temporary cookie files': 'فایل‌های موقت کوکی',
  'set-aside databases': 'پایگاه‌های دادهٔ کنارگذاشته',
  'yt-dlp cache': 'حافظهٔ موقت برنامهٔ دریافت',
  'sandbox uploads': 'فایل‌های آزمایشی',
  'old rows of updates': 'پیام‌های قدیمی رسیدگی‌شده',
  'old rows of jobs': 'کارهای قدیمی',
  'old rows of questions': 'پرسش‌های بی‌جواب',
  'old rows of files': 'فایل‌هایی که دیگر کسی نخواست',
  'old rows of playlists': 'فهرست‌های قدیمی',
  'old rows of tallies': 'آمار قدیمی',
  'old rows of timings': 'زمان‌سنجی‌های قدیمی',
  'old rows of audit': 'دفتر قدیمی کارهای مدیران',
};

const STATES: Record<string, string> = {
  queued: 'در صف',
  running: 'در جریان',
  sending: 'در حال ارسال',
  asking: 'منتظر انتخاب',
  uncertain: 'نامعلوم',
  done: 'رسید',
  failed: 'ناموفق',
  cancelled: 'لغو',
};

const STAGES: Record<string, string> = {
  extracting: 'بررسی پیوند',
  downloading: 'دریافت',
  converting: 'آماده‌سازی',
  uploading: 'ارسال',
};

const HEALTH_NAMES: Record<HealthName, string> = {
  configuration: 'تنظیمات',
  versions: 'نسخه‌ها',
  native: 'بسته‌ها',
  data: 'پوشهٔ داده',
  disk: 'دیسک',
  memory: 'حافظه',
  cpu: 'پردازنده',
  queue: 'صف',
  workers: 'کارگرها',
  success: 'درصد موفقیت',
  database: 'پایگاه داده',
  backup: 'پشتیبان',
  dns: 'نام دامنه',
  clock: 'ساعت سرور',
  egress: 'دروازهٔ خروجی',
  telegram: 'تلگرام',
  webhook: 'وب‌هوک',
  ytdlp: 'برنامهٔ دریافت (⁨yt-dlp⁩)',
  ffmpeg: 'برنامهٔ تبدیل (⁨ffmpeg⁩)',
  gallery: 'برنامهٔ عکس‌ها (⁨gallery-dl⁩)',
  js: 'جاوااسکریپت',
  engine: 'موتور دریافت',
  cookies: 'کوکی‌ها',
  breakers: 'مدارشکن‌ها',
  edge: 'لبه (⁨edge⁩)',
  services: 'سرویس‌های دوره‌ای',
  nodes: 'گره‌ها',
};

/** What to do when a check is not well; its own words are English. */
const HEALTH_STEPS: Record<HealthName, string> = {
  configuration: 'متغیری را که نام برده شده درست کنید و ربات را از نو راه بیندازید.',
  versions: 'نسخهٔ تازهٔ ⁨Node⁩ را نصب کنید.',
  native: 'دستور ⁨npm ci⁩ را روی سرور بزنید.',
  data: 'دسترسی نوشتن در پوشهٔ داده را بررسی کنید.',
  disk: 'دستور ⁨/cleanup⁩ را بزنید.',
  memory: 'ربات را از نو راه بیندازید یا حافظهٔ سرور را بیشتر کنید.',
  cpu: 'کمی صبر کنید؛ اگر ماند، سرور هستهٔ بیشتری می‌خواهد.',
  queue: 'با ⁨/limits downloads⁩ هم‌زمانی را بالا ببرید یا سرور را ارتقا دهید.',
  workers: 'متغیر ⁨WORKERS⁩ را بالا ببرید.',
  success: 'دستورهای ⁨/stats⁩ و ⁨/circuit⁩ را بزنید و بعد خطاهای لاگ را ببینید.',
  database:
    'با ⁨SQLite⁩ آخرین پشتیبان را با دستور ⁨restore⁩ برگردانید؛ با ⁨PostgreSQL⁩ روشن بودن و دسترسی آن را بررسی کنید.',
  backup: 'جای خالی دیسک را بررسی کنید و دستور ⁨backup⁩ را بزنید.',
  dns: 'تنظیم نام دامنه (⁨DNS⁩) سرور را بررسی کنید.',
  clock: 'ساعت سرور را درست کنید.',
  egress: 'دسترسی سرور به اینترنت را بررسی کنید.',
  telegram: 'دسترسی سرور به تلگرام و ⁨BOT_TOKEN⁩ را بررسی کنید.',
  webhook: 'نشانی ⁨WEBHOOK_URL⁩ و گواهی آن را بررسی کنید.',
  ytdlp: 'نسخهٔ تازه‌تر را با ⁨/update⁩ بگیرید.',
  ffmpeg: 'برنامهٔ ⁨ffmpeg⁩ را روی سرور نصب کنید.',
  gallery: 'برنامهٔ ⁨gallery-dl⁩ را روی سرور نصب کنید.',
  js: 'برنامهٔ ⁨Deno⁩ یا ⁨Node⁩ تازه را روی سرور نصب کنید.',
  engine: 'لاگ ربات را ببینید و آن را از نو راه بیندازید.',
  cookies: 'کوکی تازه بفرستید: ⁨/cookies⁩',
  breakers: 'دستور ⁨/circuit⁩ را بزنید؛ معمولاً خودبه‌خود درست می‌شود.',
  edge: 'لاگ ⁨edge⁩ را ببینید و ⁨NODE_URL⁩ و ⁨NODE_SECRET⁩ را مقایسه کنید.',
  services: 'لاگ ربات را ببینید.',
  nodes: 'دستور ⁨/nodes⁩ را بزنید و لاگ گرهی را که از دسترس خارج است بخوانید.',
};
