/**
 * Every environment variable with what it means to an operator: the tables in README.md and
 * docs/configuration.md are made from this list, and a test holds it against the parser.
 */
export interface Variable {
  name: string;
  /** As shown in a table; code is in backticks. */
  fallback: string;
  meaning: string;
}

export const VARIABLES: readonly Variable[] = [
  { name: 'BOT_TOKEN', fallback: '—', meaning: 'from @BotFather; unset = sandbox' },
  {
    name: 'TELEGRAM_API_ROOT',
    fallback: '`https://api.telegram.org`',
    meaning: 'any Bot API server; a local server lifts the upload limit',
  },
  {
    name: 'UPDATES',
    fallback: '`polling`',
    meaning:
      '`polling`: the node asks Telegram · `webhook`: the node serves `POST /webhook` · `edge`: a remote edge sends signed jobs to `POST /jobs`',
  },
  {
    name: 'WEBHOOK_SECRET',
    fallback: '—',
    meaning: 'required for `webhook`: 1–256 characters of A–Z a–z 0–9 _ -',
  },
  {
    name: 'WEBHOOK_URL',
    fallback: '—',
    meaning: 'public address that `webhook set` registers, and the start in `webhook` mode',
  },
  {
    name: 'NODE_SECRET',
    fallback: '—',
    meaning:
      'required for `edge`: at least 32 characters; two with a comma between them while they rotate',
  },
  { name: 'HOST', fallback: '`127.0.0.1`', meaning: 'address the HTTP server listens on' },
  { name: 'PORT', fallback: '`8080`', meaning: 'its port' },
  {
    name: 'DATA_DIR',
    fallback: '`./data`',
    meaning: 'SQLite, cookies, downloads, yt-dlp; one node at a time',
  },
  {
    name: 'DATABASE_URL',
    fallback: '—, SQLite in `DATA_DIR`',
    meaning:
      '`postgres://user:password@host:port/database`: PostgreSQL, which several nodes share; every node keeps a `DATA_DIR` of its own',
  },
  {
    name: 'NODE_NAME',
    fallback: 'host name and four letters, kept in `DATA_DIR`',
    meaning: 'what `/nodes` and the other nodes call this one',
  },
  { name: 'ADMIN_IDS', fallback: 'empty', meaning: 'Telegram user ids, separated by commas' },
  {
    name: 'MAX_CONCURRENT_DOWNLOADS',
    fallback: 'auto, 8–32',
    meaning: 'yt-dlp tasks at once; auto follows cores and memory',
  },
  {
    name: 'WORKERS',
    fallback: 'auto, 16–64',
    meaning: 'light tasks at once: commands, buttons, metadata, uploads',
  },
  {
    name: 'RATE_LIMIT_GLOBAL_PER_MIN',
    fallback: '`25`',
    meaning: 'requests of everybody in any 60 s; `0` = off; admins are exempt',
  },
  {
    name: 'RATE_LIMIT_USER_PER_MIN',
    fallback: '`10`',
    meaning: 'requests of one person in any 60 s; `0` = off; admins are exempt',
  },
  {
    name: 'ENGINE',
    fallback: '`auto`',
    meaning: '`warm`, `spawn`, or `auto` = warm where Python can import yt_dlp',
  },
  {
    name: 'YTDLP_PATH',
    fallback: 'found',
    meaning: 'the yt-dlp to use; then no other is looked for',
  },
  {
    name: 'FFMPEG_PATH',
    fallback: 'found',
    meaning: 'the ffmpeg to use, with ffprobe beside it',
  },
  {
    name: 'EGRESS_ALLOW',
    fallback: 'empty',
    meaning:
      '`host:port`, separated by commas: what downloads may reach although it is private; everything else private is refused',
  },
  {
    name: 'EGRESS_PROXY',
    fallback: '—',
    meaning:
      '`http://[user:password@]host:port`: a proxy all downloads go through; it may be private itself and is asked for checked addresses only',
  },
  {
    name: 'EGRESS_FAKE_IP',
    fallback: '`no`',
    meaning:
      '`yes` behind a VPN client that answers every name with an address of 198.18.0.0/15, which is refused otherwise',
  },
  {
    name: 'MAX_FILE_MB',
    fallback: '`50`, or `2000` with a Bot API server of your own',
    meaning: 'largest upload',
  },
  {
    name: 'JOB_TIMEOUT_S',
    fallback: '`900`',
    meaning: 'wall time of one job; a stalled download (no bytes for 60 s) ends sooner',
  },
  { name: 'CLEANUP_INTERVAL_MIN', fallback: '`60`', meaning: 'minutes between two clean-ups' },
  {
    name: 'METRICS_INTERVAL_S',
    fallback: '`300`',
    meaning: 'seconds between two METRICS SUMMARY blocks in the log',
  },
  {
    name: 'LOG_LEVEL',
    fallback: '`info`',
    meaning: '`trace`, `debug`, `info`, `warn`, `error` or `fatal`',
  },
  {
    name: 'LOG_FORMAT',
    fallback: '`pretty` on a terminal, else `json`',
    meaning: '`pretty` or `json`',
  },
];
