import type { Texts } from './catalogue.ts';
import { admin } from './fa/admin.ts';
import { buttons, toast } from './fa/buttons.ts';
import { errors, failed } from './fa/errors.ts';
import { caption, status } from './fa/job.ts';
import * as refusals from './fa/refusals.ts';
import { screens } from './fa/screens.ts';
import * as talk from './fa/talk.ts';

export const fa: Texts = {
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
