import type { Texts } from './catalogue.ts';
import { admin } from './en/admin.ts';
import { buttons, toast } from './en/buttons.ts';
import { errors, failed } from './en/errors.ts';
import { caption, status } from './en/job.ts';
import * as refusals from './en/refusals.ts';
import { screens } from './en/screens.ts';
import * as talk from './en/talk.ts';

export const en: Texts = {
  ...talk,
  ...refusals,
  ...screens,
  admin,
  status,
  caption,
  errors,
  failed,
  buttons,
  toast,
};
