/** Labels and the short answers to pressing them. */
import type { Texts } from '../catalogue.ts';

export const buttons: Texts['buttons'] = {
  audio: '🎵 Audio',
  otherQuality: '🎬 Other quality',
  asFile: '📄 As file',
  clip: '✂️ Clip',
  cancel: 'Cancel',
  retry: '🔁 Try again',
  lower: 'Lower quality',
  arrived: 'Yes, it arrived',
  sendAgain: 'No, send it again',
  back: '‹ Back',
  close: 'Close',
};

export const toast: Texts['toast'] = {
  working: 'On it…',
  cancelled: 'Stopped.',
  tooLate: 'Too late, it is done already.',
  notYours: 'Only the person who asked for it can press this.',
  expired: 'This button is too old. Please send the link again.',
  notYet: "I don't see you among the members yet.",
  done: 'Done.',
};
