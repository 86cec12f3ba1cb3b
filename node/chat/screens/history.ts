/** `/history`: what a person got lately, each a button that brings it again at once. */
import { parseChoice } from '../../../shared/choice.ts';
import type { HistoryForm } from '../../../shared/texts/catalogue/screens.ts';
import { textsFor } from '../../../shared/texts/index.ts';
import type { Keyboard } from '../../status/card.ts';
import type { JobRow } from '../../store/schema.ts';
import type { Store } from '../../store/store.ts';
import { closeData, historyData } from '../button-data.ts';

const SHOWN = 20;
/** The same file again is one line, so more rows are read than shown. */
const READ = 200;

/** The last files of a person, newest first, each once; of one chat alone when it is given. */
export async function lastFiles(
  jobs: Store['jobs'],
  userId: number,
  chatId?: number,
): Promise<JobRow[]> {
  const all = await jobs.ofUser(userId, ['done'], READ);
  const done = all.filter((job) => chatId === undefined || job.chatId === chatId);
  const first = new Map<string, JobRow>();
  for (const job of done) if (!first.has(job.fileKey)) first.set(job.fileKey, job);
  return [...first.values()].slice(0, SHOWN);
}

export function historyKeyboard(
  jobs: readonly JobRow[],
  lang: JobRow['lang'],
  { closable }: { closable: boolean },
): Keyboard {
  const { history, buttons } = textsFor(lang);
  return [
    ...jobs.map((job) => [
      {
        text: history.row({
          ...{ title: nameOf(job), form: formOf(job) },
          at: job.finishedAt ?? job.createdAt,
        }),
        callback_data: historyData(job.id),
      },
    ]),
    ...(closable ? [[{ text: buttons.close, callback_data: closeData() }]] : []),
  ];
}

/** The same title stands there once for each form it was fetched in. */
function formOf(job: JobRow): HistoryForm {
  if (job.clipStartMs !== null) return 'clip';
  const kind = parseChoice(job.choice)?.kind;
  return kind === 'audio' || kind === 'file' || kind === 'subtitles' ? kind : 'media';
}

/** Without a title, its address names it. */
function nameOf({ title, url }: JobRow): string {
  if (title) return title;
  const { hostname, pathname } = new URL(url);
  return hostname.replace(/^www\./, '') + (pathname === '/' ? '' : pathname);
}
