/**
 * What an update leaves behind and takes up again after a restart. What all nodes should use, the
 * trial, the verdicts on versions and the probe links are the bot's; which installation is kept
 * for going back is the node's own, because it lies in its data folder.
 */
import * as v from 'valibot';
import type { State } from '../store/state.ts';
import { Install } from '../tools/remembered.ts';

const Rate = v.object({ good: v.number(), judged: v.number() });
/** Of the jobs that say something about yt-dlp: how many went well. */
export type Rate = v.InferOutput<typeof Rate>;

/** What was taken last, on whichever node, and what it took the place of. */
const Wanted = v.object({ version: v.string(), from: v.string() });
export type Wanted = v.InferOutput<typeof Wanted>;

/** A version that is on trial: ms since the epoch, and the figures of the time before. */
const Watch = v.object({ version: v.string(), since: v.number(), before: Rate });
export type Watch = v.InferOutput<typeof Watch>;

/** The message in which an admin reads how it goes. */
export const Place = v.object({
  chatId: v.number(),
  messageId: v.number(),
  userId: v.number(),
  lang: v.picklist(['en', 'fa']),
});
export type Place = v.InferOutput<typeof Place>;

const Own = v.object({
  previous: v.optional(Install),
  /** Newer, fetched and not tried yet. */
  candidate: v.optional(Install),
  /** An update under way. */
  run: v.optional(Place),
});
export type Own = v.InferOutput<typeof Own>;

const Refusal = v.picklist(['canary', 'watch', 'hand']);
/** What turned a version down: its canary, its trial, or an admin. */
export type Refusal = v.InferOutput<typeof Refusal>;

const Verdicts = v.object({
  /** Versions that were worse, by version. */
  refused: v.record(v.string(), Refusal),
  /** The version admins were last offered. */
  offered: v.optional(v.string()),
});
export type Verdicts = v.InferOutput<typeof Verdicts>;

export interface Records {
  own(): Promise<Own>;
  /** A property that is `undefined` in the change is removed. */
  changeOwn(change: { [name in keyof Own]?: Own[name] | undefined }): Promise<void>;
  wanted(): Promise<Wanted | undefined>;
  setWanted(wanted: Wanted): Promise<void>;
  watch(): Promise<Watch | undefined>;
  setWatch(watch: Watch | undefined): Promise<void>;
  verdicts(): Promise<Verdicts>;
  changeVerdicts(change: Partial<Verdicts>): Promise<void>;
  /** Set by an admin; undefined means the links are chosen by what was delivered. */
  links(): Promise<string[] | undefined>;
  setLinks(links: readonly string[] | undefined): Promise<void>;
}

/** Where the others hear of a change in `WANTED`. */
export const SPACE = 'ytdlp';
export const WANTED = 'wanted';

/** @param node tells the nodes of one database apart */
export function updateRecords(state: State, now: () => number, node = 'main'): Records {
  const ownName = `node:${node}`;
  const own = async () => (await state.get(SPACE, ownName, Own)) ?? {};
  const verdicts = async () => (await state.get(SPACE, 'verdicts', Verdicts)) ?? { refused: {} };
  return {
    own,
    wanted: () => state.get(SPACE, WANTED, Wanted),
    setWanted: (wanted) => state.set(SPACE, WANTED, wanted, now()),
    watch: () => state.get(SPACE, 'watch', Watch),
    async setWatch(watch) {
      if (watch) await state.set(SPACE, 'watch', watch, now());
      else await state.remove(SPACE, 'watch');
    },
    verdicts,
    async changeOwn(change) {
      await state.set(SPACE, ownName, { ...(await own()), ...change }, now());
    },
    async changeVerdicts(change) {
      await state.set(SPACE, 'verdicts', { ...(await verdicts()), ...change }, now());
    },
    links: () => state.get(SPACE, 'links', v.array(v.string())),
    async setLinks(links) {
      if (links) await state.set(SPACE, 'links', links, now());
      else await state.remove(SPACE, 'links');
    },
  };
}
