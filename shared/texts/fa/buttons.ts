/** Labels and the short answers to pressing them. */
import type { Texts } from '../catalogue.ts';

export const buttons: Texts['buttons'] = {
  audio: '🎵 صدا',
  otherQuality: '🎬 کیفیت دیگر',
  asFile: '📄 به‌صورت فایل',
  clip: '✂️ برش',
  cancel: 'لغو',
  retry: '🔁 تلاش دوباره',
  lower: 'کیفیت پایین‌تر',
  arrived: 'بله، رسید',
  sendAgain: 'نه، دوباره بفرست',
  back: '‹ بازگشت',
  close: 'بستن',
};

export const toast: Texts['toast'] = {
  working: 'چشم، انجام می‌دهم…',
  cancelled: 'متوقف شد.',
  tooLate: 'دیر شد؛ کار تمام شده است.',
  notYours: 'فقط کسی که آن را خواسته می‌تواند این دکمه را بزند.',
  expired: 'این دکمه قدیمی شده است. لطفاً پیوند را دوباره بفرستید.',
  notYet: 'هنوز شما را میان اعضا نمی‌بینم.',
  done: 'انجام شد.',
};
