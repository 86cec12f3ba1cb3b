/** آنچه ربات هنگام نپذیرفتن می‌گوید: what it says when it does not take something. */
import { formatFor } from '../../format.ts';
import type { Refusals } from '../catalogue.ts';

const f = formatFor('fa');

export const rateLimited: Refusals['rateLimited'] = ({ seconds, scope }) =>
  scope === 'user'
    ? `کمی آهسته‌تر! لطفاً بعدی را پس از ${f.span(seconds)} بفرستید.`
    : `الان خیلی‌ها به من پیام می‌دهند. لطفاً پس از ${f.span(seconds)} دوباره امتحان کنید.`;

export const busyButton = 'الان سرم شلوغ است. لطفاً چند ثانیهٔ دیگر دوباره بزنید.';
