/** What an admin reads, in English. */
import { formatFor, isolate } from '../../format.ts';
import { siteTitle } from '../../sites.ts';
import type {
  AdminTexts,
  CookieFacts,
  FiguresFacts,
  NodeFacts,
  SiteFigures,
} from '../catalogue/admin.ts';
import { details } from './health.ts';
import { update } from './update.ts';

const f = formatFor('en');
const site = (name: string) => isolate(siteTitle(name, 'en'));
/** On a button, where 64 characters are all there is. */
const short = (name: string) => isolate(siteTitle(name, 'en'), 32);
const lines = (...all: (string | false | undefined)[]) =>
  all.filter((line) => line !== false && line !== undefined).join('\n');
const count = (n: number, one: string, many: string) => `${f.int(n)} ${n === 1 ? one : many}`;
const MARK = { ok: '✅', warn: '⚠️', bad: '❌' } as const;

const siteLine = (s: SiteFigures) =>
  [
    `• ${site(s.site)}: ${f.int(s.jobs)}`,
    s.rate === undefined ? undefined : f.percent(s.rate),
    s.p50 === undefined ? undefined : `p50 ${f.span(s.p50)}`,
    s.p95 === undefined ? undefined : `p95 ${f.span(s.p95)}`,
  ]
    .filter(Boolean)
    .join(' · ');

const figures = (title: string, p: FiguresFacts): string =>
  lines(
    title,
    `👥 ${count(p.people, 'person', 'people')}, ${f.int(p.fresh)} new`,
    `📦 ${count(p.jobs, 'job', 'jobs')}: ${f.int(p.delivered)} delivered, ${f.int(p.failed)} failed, ${f.int(p.cancelled)} stopped`,
    p.rate === undefined ? 'Nothing has ended yet.' : `🎯 Success ${f.percent(p.rate)}`,
    `⚡ ${f.int(p.cached)} from the cache · 💾 ${f.bytes(p.bytes)}`,
    ...p.sites.map(siteLine),
    p.errors.length > 0 &&
      `Most frequent errors: ${p.errors.map((e) => `${e.code} ${f.int(e.jobs)}`).join(', ')}`,
  );

const isAlive = (c: CookieFacts) => c.signedIn && c.probed?.alive !== false;
const cookieLine = (c: CookieFacts) =>
  [
    `${isAlive(c) ? '✅' : '❌'} ${site(c.site)} (${isolate(c.account, 32)}): ${isAlive(c) ? 'signed in' : 'not signed in'}`,
    c.expires === undefined ? undefined : `until ${f.date(c.expires)}`,
    c.probed && `tried ${f.when(c.probed.at)}: ${c.probed.alive ? 'works' : 'turned away'}`,
    c.restingUntil === undefined ? undefined : `resting until ${f.when(c.restingUntil)}`,
  ]
    .filter(Boolean)
    .join(', ');

const nodeLines = (n: NodeFacts) => {
  const mark = !n.alive ? '🔴' : n.draining ? '🟡' : '🟢';
  const name = `${mark} ${isolate(n.id, 32)}${n.here ? ' (this one)' : ''}`;
  if (!n.alive) return `${name}: last seen ${f.when(n.seenAt)}`;
  const facts = [
    `${f.int(n.running)} of ${count(n.places, 'place', 'places')}`,
    n.draining && 'takes nothing new',
    n.cpu !== undefined && `CPU ${f.percent(n.cpu)}`,
    n.memory !== undefined && `memory ${f.percent(n.memory)}`,
    n.diskFree !== undefined && `${f.bytes(n.diskFree)} of disk free`,
    n.version !== undefined && `version ${isolate(n.version, 32)}`,
    n.ytdlp !== undefined && `yt-dlp ${isolate(n.ytdlp, 32)}`,
    n.engine !== undefined && n.engine,
    `since ${f.when(n.startedAt)}`,
    n.trouble.length > 0 && `⚠️ ${n.trouble.join(', ')}`,
  ];
  return `${name}: ${facts.filter(Boolean).join(' · ')}`;
};

export const admin: AdminTexts = {
  stats: {
    page: ({ day, all, since, people }) =>
      lines(
        '📊 Figures',
        `${count(people.all, 'person', 'people')} in all, ${f.int(people.blocked)} blocked the bot, ${f.int(people.banned)} banned`,
        '',
        figures('Last 24 hours', day),
        '',
        figures(since === undefined ? 'Since the beginning' : `Since ${f.date(since)}`, all),
      ),
    picture: {
      title: 'The last 24 hours',
      jobs: 'Jobs by hour',
      rate: 'Success rate by hour',
      bySite: 'By platform: jobs and success rate',
      nothing: 'Nothing has happened yet',
      delivered: 'delivered',
      failed: 'failed',
      ago: (hours) => (hours === 0 ? 'now' : `-${f.int(hours)} h`),
    },
  },
  health: {
    title: '🩺 Health',
    details,
    line: ({ name, state, detail }) => `${MARK[state]} ${HEALTH_NAMES[name]}: ${detail}`,
    verdict({ state, name, step }) {
      if (state === 'ok') return '✅ All is well. Nothing to do.';
      const what = state === 'warn' ? '⚠️ It works, with a worry' : '❌ Something is broken';
      return lines(
        `${what}${name ? `: ${HEALTH_NAMES[name]}.` : '.'}`,
        step && `Next step: ${isolate(step, 500)}`,
      );
    },
  },
  circuit: {
    page: ({ sites }) =>
      lines(
        '🔌 Circuit breakers',
        ...sites.map(({ site: name, phase, failures, until, why, waiting }) => {
          const queue = waiting > 0 ? `, ${count(waiting, 'job waits', 'jobs wait')}` : '';
          const reason = why === 'hand' ? 'by hand' : why;
          if (phase === 'open')
            return `🔴 ${site(name)}: open until ${f.when(until ?? 0)} (${reason})${queue}`;
          if (phase === 'half_open')
            return `🟡 ${site(name)}: half-open, trying one job (${reason})${queue}`;
          const worry = failures > 0 ? `, ${f.int(failures)} of the last 20 failed` : '';
          return `🟢 ${site(name)}: closed${worry}${queue}`;
        }),
        '',
        'Open means paused: its jobs wait. A pause by hand lasts an hour.',
      ),
    pause: (name) => `⏸ Pause ${short(name)}`,
    resume: (name) => `▶️ Resume ${short(name)}`,
  },
  cleanup: {
    plan: ({ items }) =>
      lines(
        '🧹 This would go:',
        ...items.map((i) => `• ${isolate(i.what)}: ${f.int(i.count)}, ${f.bytes(i.bytes)}`),
      ),
    nothing: '🧹 Nothing to clean up. What running jobs need is never touched.',
    go: (bytes) => `🧹 Free ${f.bytes(bytes)}`,
    done: ({ count: n, bytes }) => `🧹 ${f.int(n)} removed, ${f.bytes(bytes)} free again.`,
  },
  reset: {
    ask: ({ jobs, since }) =>
      `Start the figures anew? ${count(jobs, 'job', 'jobs')}${since === undefined ? '' : ` since ${f.date(since)}`} would no longer be counted. The current figures are kept in the audit log.`,
    yes: 'Yes, start anew',
    no: 'No, keep them',
    done: 'The figures start anew from here. The earlier ones are kept in the audit log.',
    kept: 'The figures stay as they are.',
  },
  queue: (q) =>
    lines(
      `📮 ${f.int(q.queued)} waiting, ${f.int(q.running)} running, ${f.int(q.sending)} being sent; ${count(q.places, 'place', 'places')}`,
      q.held && '🔧 Nothing new starts: /maintenance off',
      q.oldest !== undefined && `The oldest waits since ${f.when(q.oldest)}`,
      ...q.now.map(
        (j) =>
          `▶️ #${j.id} ${site(j.site)}: ${j.stage ?? 'starting'}, ${f.span(j.seconds)}${j.node ? `, at ${isolate(j.node, 32)}` : ''}`,
      ),
      ...q.waiting.map((w) => `⏳ ${site(w.site)}: ${f.int(w.jobs)}`),
    ),
  person: {
    page: (p) =>
      lines(
        `👤 ${isolate(p.name ?? String(p.id), 64)}${p.username ? ` @${p.username}` : ''} (${p.id})`,
        `Here since ${f.date(p.since)}, last seen ${f.when(p.seen)}`,
        p.banned && '⛔ Banned',
        p.blocked && '🚫 Blocked the bot',
        p.waiting > 0 && `${count(p.waiting, 'job', 'jobs')} waiting or running`,
        ...p.last.map(
          (j) =>
            `• ${f.when(j.at)} ${site(j.site)}: ${j.state}${j.code && j.code !== j.state ? ` (${j.code})` : ''}`,
        ),
      ),
    usage: 'Write the number of the person: /user 12345 (likewise /ban and /unban).',
    unknown: (id) => `Nobody with the number ${id} has written to me.`,
    banned: (id) => `⛔ ${id} is banned. What they had waiting was stopped.`,
    unbanned: (id) => `✅ ${id} may use the bot again.`,
    admin: 'That is an admin. Take the number out of ADMIN_IDS first.',
    ban: '⛔ Ban',
    unban: '✅ Unban',
  },
  broadcast: {
    usage: 'Write /broadcast and the text after it, or answer a message with /broadcast.',
    preview: ({ of, seconds }) =>
      `☝️ This goes to ${count(of, 'person', 'people')} and takes about ${f.span(seconds)}.`,
    send: (of) => `📣 Send to ${f.int(of)}`,
    cancel: 'Do not send',
    cancelled: 'Not sent.',
    running: (p) =>
      `📣 ${f.int(p.sent)} of ${f.int(p.of)} sent, ${f.int(p.blocked)} have blocked the bot, ${f.int(p.failed)} failed.`,
    finished: (p) =>
      `📣 Done: ${f.int(p.sent)} of ${f.int(p.of)} got it, ${f.int(p.blocked)} have blocked the bot, ${f.int(p.failed)} failed.`,
    stopped: (p) => `📣 Stopped after ${f.int(p.sent)} of ${f.int(p.of)}.`,
    stop: 'Stop',
  },
  cookies: {
    page: ({ jars, untried }) =>
      lines(
        '🍪 Cookies',
        jars.length === 0 && 'None yet: everything is fetched without signing in.',
        ...jars.map(cookieLine),
        ...untried.map(
          (name) =>
            `👁 ${site(name)}: only the cookies and their dates are looked at. To have the login tried, name a link that only this account can open: /cookies probe ${name} https://…`,
        ),
        '',
        'To add some, send me a cookies.txt (Netscape format) as a file. A word as its caption names the account.',
      ),
    how: 'Send the file as a document, not as text.',
    added: ({ jars }) => lines('🍪 Kept:', ...jars.map(cookieLine)),
    notCookies: 'That is not a Netscape cookie file. Export it as cookies.txt and send it again.',
    tooLarge: 'A cookie file is never that large. Export the cookies of one site only.',
    noSite: 'There are no cookies of a site I know in that file.',
    remove: ({ site: name, account }) => `🗑 ${short(name)} (${isolate(account, 16)})`,
    removed: 'Removed.',
    probes: ({ links }) =>
      lines(
        '🔎 Logins are tried twice a day on:',
        ...links.map((link) => `• ${site(link.site)}: ${isolate(link.url, 300)}`),
        links.length === 0 && 'Nothing yet: only the cookies themselves are looked at.',
        '',
        'Choose a link that only signed-in people can open: /cookies probe instagram and the address, undo with /cookies probe instagram default.',
      ),
    probeUsage:
      'Write /cookies probe, the name of a site (youtube, instagram, x…) and an address, or default.',
    probeSet: (name) => `✅ Logins of ${site(name)} are tried there.`,
  },
  log: {
    usage: 'Write the eight characters of an error number: /log 1a2b3c4d',
    unknown: 'No job with that number. They are kept for 30 days.',
    page: (p) =>
      lines(
        `🧾 ${p.errorId}: ${p.code}`,
        p.at !== undefined && f.when(p.at),
        `Job ${p.job} of /user ${p.user}`,
        `${site(p.site)}: ${isolate(p.url, 300)}`,
        `${count(p.attempts, 'attempt', 'attempts')}, ${f.span(p.seconds)}`,
        p.detail !== '' && isolate(p.detail, 1500),
      ),
  },
  maintenance: {
    usage: 'Write /maintenance on or /maintenance off.',
    on: ({ running }) =>
      `🔧 Maintenance is on. New links are kept and wait; ${count(running, 'job', 'jobs')} may finish.`,
    off: ({ queued }) => `✅ Maintenance is off. ${count(queued, 'job starts', 'jobs start')} now.`,
    is: (on) => (on ? '🔧 Maintenance is on.' : '✅ Maintenance is off.'),
  },
  limits: {
    page: (p) => {
      const mark = (name: string) => (p.changed.includes(name) ? ' ✏️' : '');
      const rate = (n: number) => (n === 0 ? 'off' : `${f.int(n)} a minute`);
      return lines(
        '🚦 Limits',
        `user: ${rate(p.user)} for each person${mark('user')}`,
        `global: ${rate(p.global)} in all${mark('global')}`,
        `size: ${f.int(p.size)} MB per file${mark('size')}`,
        `downloads: ${f.int(p.downloads)} at once${mark('downloads')}`,
        '',
        'Change one with /limits user 20, undo all with /limits reset.',
        p.remoteEdge && 'The rates are those of wrangler.toml here: the edge is elsewhere.',
      );
    },
    usage:
      'Write /limits and a name and a number, like /limits user 20. Names: user, global, size, downloads.',
    set: ({ name, value }) => `✅ ${name} is ${value} now, also after a restart.`,
    bad: ({ name, min, max }) => `${name} takes a whole number from ${min} to ${max}.`,
    reset: '✅ The limits are those of the configuration again.',
  },
  channels: {
    page: ({ channels }) =>
      lines(
        channels.length === 0
          ? '📢 Everybody may use the bot.'
          : '📢 Only members of these may use the bot:',
        ...channels.map((c) => `• ${isolate(c.title)} ${c.name}`),
        '',
        'Add one with /channels add @name (make me an admin there first), take one off with /channels remove @name.',
      ),
    usage: 'Write /channels add @name or /channels remove @name.',
    added: (name) => `✅ From now on only members of ${name} may use the bot.`,
    removed: (name) => `✅ Membership of ${name} is no longer required.`,
    unknown: 'That channel is not in the list.',
    cannotSee: 'I cannot see who is a member there. Make me an admin of the channel and try again.',
  },
  nodes: {
    page: ({ nodes, shared }) =>
      lines(
        '🖥 Nodes',
        ...nodes.map(nodeLines),
        !shared && '',
        !shared && 'This is the only one. With DATABASE_URL several share the work.',
      ),
    drain: (id) => `⏸ Drain ${isolate(id, 32)}`,
    resume: (id) => `▶️ Resume ${isolate(id, 32)}`,
  },
  alerts: {
    atNode: ({ node, words }) => `${isolate(node, 32)}: ${words}`,
    nodeGone: ({ node, seenAt, left }) =>
      `🔴 Node ${isolate(node, 32)} is gone, last seen ${f.when(seenAt)}. Its jobs go on at the other ${count(left, 'node', 'nodes')}. See /nodes.`,
    nodeBack: ({ node }) => `✅ Node ${isolate(node, 32)} is back.`,
    cpu: ({ percent }) =>
      `⚠️ The processor has been at ${f.percent(percent)} for 5 minutes. Look at /health; if it stays, the server needs more cores.`,
    memory: ({ percent }) =>
      `⚠️ Memory has been at ${f.percent(percent)} for 5 minutes. Look at /health; restart the bot, or give the server more.`,
    success: ({ percent }) =>
      `⚠️ Only ${f.percent(percent)} of the jobs succeed. Look at /stats and /circuit, then at the errors in the log.`,
    queue: ({ percent }) =>
      `⚠️ The queue is ${f.percent(percent)} full. Look at /health; raise MAX_CONCURRENT_DOWNLOADS or upgrade the server.`,
    disk: ({ detail }) => `⚠️ The disk is filling up: ${detail}. Run /cleanup.`,
    breaker: ({ site: name, code, until }) =>
      `🔌 ${site(name)} fails for everybody (${code}) and is paused until ${f.when(until)}. See /circuit.`,
    cookies: ({ detail }) => `🍪 ${detail}. Send fresh ones: /cookies`,
    ytdlp: ({ detail }) => `⚠️ yt-dlp: ${detail}. A newer one: /update`,
    webhook: ({ detail }) =>
      `⚠️ Telegram cannot reach the webhook: ${detail}. Check WEBHOOK_URL and its certificate.`,
    crashed: ({ requeued, dead, uncertain }) =>
      `🔁 I was not shut down properly and have started again. ${count(requeued, 'job goes', 'jobs go')} on, ${f.int(uncertain)} asked about, ${f.int(dead)} given up. The earlier log tells why.`,
    over: {
      cpu: '✅ The processor is calm again.',
      memory: '✅ There is enough memory again.',
      success: '✅ Jobs succeed again.',
      queue: '✅ The queue has room again.',
      disk: '✅ The disk has room again.',
      cookies: '✅ The cookies are fine again.',
      ytdlp: '✅ yt-dlp is recent again.',
      webhook: '✅ Telegram reaches the webhook again.',
      breaker: ({ site: name }) => `✅ ${site(name)} works again.`,
    },
  },
  update,
  notices: {
    maintenance: '🔧 I am under maintenance. I keep your link and start it by myself soon.',
    join: ({ channels }) =>
      lines('Please join first, then press the button:', ...channels.map((name) => `• ${name}`)),
    checkAgain: '✅ I have joined',
  },
};

const HEALTH_NAMES: Record<Parameters<AdminTexts['health']['line']>[0]['name'], string> = {
  configuration: 'Configuration',
  versions: 'Versions',
  native: 'Packages',
  data: 'Data folder',
  disk: 'Disk',
  memory: 'Memory',
  cpu: 'CPU',
  queue: 'Queue',
  workers: 'Workers',
  success: 'Success rate',
  database: 'Database',
  backup: 'Backup',
  dns: 'DNS',
  clock: 'Clock',
  egress: 'Egress',
  telegram: 'Telegram',
  webhook: 'Webhook',
  ytdlp: 'yt-dlp',
  ffmpeg: 'ffmpeg',
  gallery: 'gallery-dl',
  js: 'JavaScript',
  engine: 'Engine',
  cookies: 'Cookies',
  breakers: 'Breakers',
  edge: 'Edge',
  services: 'Services',
  nodes: 'Nodes',
};
