/** What the page itself says beside the bot, in the language of whoever looks. */

const en = {
  lang: 'en',
  dir: 'ltr',
  locale: [],
  comma: ', ',
  page: 'Postchi sandbox',
  brand: 'Postchi',
  tagline: 'A link goes in, the file comes back',
  people: 'People and chats',
  chatAs: 'Chat as',
  chats: 'Chats',
  sandbox: 'Sandbox: nothing leaves this computer. Set BOT_TOKEN to talk to the real Telegram.',
  theme: 'Dark or light',
  chat: 'Chat',
  topics: 'Topics',
  general: 'General',
  messages: 'Messages',
  commands: 'Commands',
  links: 'Links',
  tryThese: 'Try these links',
  attach: 'Attach a file',
  message: 'Message',
  paste: 'Paste a link…',
  pasteInline: (name) => `Paste a link, or @${name} and a link`,
  send: 'Send',
  you: 'You',
  reply: 'Reply',
  noReply: 'Cancel the reply',
  buttons: 'Buttons',
  found: 'Results of the bot',
  ok: 'OK',
  close: 'Close',
  viewer: 'Photo',
  block: 'Block bot',
  unblock: 'Unblock bot',
  blocked: 'blocked',
  today: 'Today',
  edited: 'edited',
  bot: 'bot',
  admin: 'admin',
  empty: 'No messages yet',
  welcome: 'Send a link, and the file comes back.',
  welcomeGroup: 'Nobody has written here yet. Post a link, and the bot answers it with the file.',
  start: 'Start',
  download: 'Download',
  kinds: { video: 'Video', audio: 'Audio', photo: 'Photo', animation: 'GIF', document: 'File' },
  units: ['B', 'KB', 'MB', 'GB'],
  actions: {
    typing: 'typing',
    upload_video: 'sending a video',
    upload_photo: 'sending a photo',
    upload_document: 'sending a file',
    upload_voice: 'sending a song',
    record_video: 'recording a video',
    connecting: 'connecting',
    busy: 'busy',
  },
  refused: {
    400: 'That could not be done here.',
    413: 'This file is too large to send.',
    other: 'The sandbox did not answer. Is it still running?',
  },
};

const fa = {
  lang: 'fa',
  dir: 'rtl',
  locale: 'fa-IR',
  comma: '، ',
  page: 'پستچی، محیط آزمایش',
  brand: 'پستچی',
  tagline: 'پیوند بدهید، فایل بگیرید',
  people: 'افراد و گفت‌وگوها',
  chatAs: 'به جای چه کسی؟',
  chats: 'گفت‌وگوها',
  sandbox:
    'اینجا محیط آزمایش است و چیزی از این رایانه بیرون نمی‌رود. برای کار با تلگرام واقعی، متغیر \u2068BOT_TOKEN\u2069 را تنظیم کنید.',
  theme: 'تیره یا روشن',
  chat: 'گفت‌وگو',
  topics: 'موضوع‌ها',
  general: 'عمومی',
  messages: 'پیام‌ها',
  commands: 'دستورها',
  links: 'پیوندها',
  tryThese: 'این پیوندها را امتحان کنید',
  attach: 'پیوست کردن فایل',
  message: 'پیام',
  paste: 'پیوند را اینجا بگذارید…',
  pasteInline: (name) => `پیوند بگذارید، یا \u2068@${name}\u2069 و پیوند`,
  send: 'ارسال',
  you: 'شما',
  reply: 'پاسخ',
  noReply: 'لغو پاسخ',
  buttons: 'دکمه‌ها',
  found: 'یافته‌های ربات',
  ok: 'باشد',
  close: 'بستن',
  viewer: 'عکس',
  block: 'مسدود کردن ربات',
  unblock: 'رفع مسدودی ربات',
  blocked: 'مسدود شده',
  today: 'امروز',
  edited: 'ویرایش‌شده',
  bot: 'ربات',
  admin: 'مدیر',
  empty: 'هنوز پیامی نیست',
  welcome: 'پیوند بفرستید تا فایلش را بیاورم.',
  welcomeGroup: 'هنوز کسی اینجا چیزی ننوشته است. پیوندی بفرستید تا ربات فایلش را همین‌جا بیاورد.',
  start: 'شروع',
  download: 'دریافت',
  kinds: { video: 'ویدیو', audio: 'صدا', photo: 'عکس', animation: 'گیف', document: 'فایل' },
  units: ['بایت', 'کیلوبایت', 'مگابایت', 'گیگابایت'],
  actions: {
    typing: 'در حال نوشتن',
    upload_video: 'در حال فرستادن ویدیو',
    upload_photo: 'در حال فرستادن عکس',
    upload_document: 'در حال فرستادن فایل',
    upload_voice: 'در حال فرستادن آهنگ',
    record_video: 'در حال ضبط ویدیو',
    connecting: 'در حال اتصال',
    busy: 'مشغول',
  },
  refused: {
    400: 'این کار اینجا شدنی نیست.',
    413: 'این فایل بزرگ‌تر از آن است که فرستاده شود.',
    other: 'محیط آزمایش جواب نداد. هنوز روشن است؟',
  },
};

export const isPersian = (person) => person?.language_code === 'fa';

export const wordsFor = (person) => (isPersian(person) ? fa : en);

/** Puts a language's words and direction on everything that stands in index.html. */
export function dress(words) {
  Object.assign(document.documentElement, { lang: words.lang, dir: words.dir });
  document.title = words.page;
  for (const one of document.querySelectorAll('[data-word]'))
    one.textContent = words[one.dataset.word];
  const attributes = { label: 'aria-label', hint: 'title', placeholder: 'placeholder' };
  for (const [name, attribute] of Object.entries(attributes)) {
    for (const one of document.querySelectorAll(`[data-${name}]`))
      one.setAttribute(attribute, words[one.dataset[name]]);
  }
}

/** What went wrong with something the person did, by the status the server gave it. */
export const refusal = (error, { refused }) => refused[error.status] ?? refused.other;
