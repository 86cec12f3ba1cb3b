/** The inline buttons under messages, in the person's language. */

import { parseChoice } from '../../shared/choice.ts';
import { factOf, type JobError } from '../../shared/errors.ts';
import { textsFor } from '../../shared/texts/index.ts';
import type { Said } from '../jobs/said.ts';
import type { Keyboard } from '../status/card.ts';
import type { JobRow } from '../store/schema.ts';
import {
  againData,
  arrivedData,
  audioData,
  cancelBatchData,
  cancelData,
  chooseData,
  clipData,
  listData,
  menuData,
} from './button-data.ts';

/** Under a status message: a batch is cancelled as a whole, one made from a list can also rest. */
export function statusKeyboard(
  job: JobRow,
  { batch, paused }: { batch: boolean; paused: boolean },
) {
  const { buttons, list } = textsFor(job.lang);
  const data = batch ? cancelBatchData(job.updateId) : cancelData(job.id);
  const cancel = { text: buttons.cancel, callback_data: data };
  if (job.playlistId === null) return [[cancel]];
  const rest = paused
    ? { text: list.resume, callback_data: listData(job.playlistId, 'resume') }
    : { text: list.pause, callback_data: listData(job.playlistId, 'pause') };
  return [[rest, cancel]];
}

/** Under delivered media: the same link in another form. */
export function deliveryKeyboard(job: JobRow, said: Said): Keyboard {
  const { buttons } = textsFor(job.lang);
  if (!said.video) return [];
  return [
    [
      { text: buttons.audio, callback_data: audioData(job.id) },
      { text: buttons.otherQuality, callback_data: menuData(job.id) },
      { text: buttons.asFile, callback_data: chooseData(job.id, { kind: 'file' }) },
    ],
    // A part of a part: its range would be read in the time of the whole.
    ...(job.clipStartMs === null
      ? [[{ text: buttons.clip, callback_data: clipData(job.id) }]]
      : []),
  ];
}

/** Codes for which another attempt, another quality or only the sound may help. */
const LOWER_MAY_HELP = new Set([
  'too_large',
  'stalled',
  'timed_out',
  'incomplete',
  'convert_failed',
]);

export function failureKeyboard(job: JobRow, error: JobError): Keyboard {
  const { buttons } = textsFor(job.lang);
  const row: Keyboard[number] = [];
  if (factOf(error.code).retry !== 'never' || factOf(error.code).blame === 'us') {
    row.push({ text: buttons.retry, callback_data: againData(job.id) });
  }
  if (LOWER_MAY_HELP.has(error.code)) {
    const video = parseChoice(job.choice)?.kind !== 'audio';
    if (video) {
      row.push({ text: buttons.lower, callback_data: menuData(job.id) });
      row.push({ text: buttons.audio, callback_data: audioData(job.id) });
    }
  }
  return row.length > 0 ? [row] : [];
}

/** Nobody knows whether it arrived but the person who looks at the chat. */
export function uncertainKeyboard(job: JobRow): Keyboard {
  const { buttons } = textsFor(job.lang);
  return [
    [
      { text: buttons.arrived, callback_data: arrivedData(job.id) },
      { text: buttons.sendAgain, callback_data: againData(job.id) },
    ],
  ];
}
