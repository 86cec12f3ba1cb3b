/** What the bot says when it does not take something; the edge says these itself. */
import { formatFor } from '../../format.ts';
import type { Refusals } from '../catalogue.ts';

const f = formatFor('en');

export const rateLimited: Refusals['rateLimited'] = ({ seconds, scope }) =>
  scope === 'user'
    ? `That's a lot at once! Please send the next one in ${f.span(seconds)}.`
    : `Many people are writing to me right now. Please try again in ${f.span(seconds)}.`;

export const busyButton = 'I am busy just now. Please press again in a few seconds.';
