/** What every method works on. */
import type { Commands } from '../commands.ts';
import type { Files } from '../files.ts';
import type { Params } from '../params.ts';
import type { Updates } from '../updates.ts';
import type { Webhook } from '../webhook.ts';
import type { World } from '../world.ts';

export interface Context {
  world: World;
  files: Files;
  updates: Updates;
  webhook: Webhook;
  commands: Commands;
  /** Runs as `telegram-bot-api --local`: `file://` paths are taken and getFile answers one. */
  local: boolean;
  now: () => number;
}

export interface Call {
  params: Params;
  /** Fires when the client is gone. */
  signal?: AbortSignal | undefined;
}

export type Method = (context: Context, call: Call) => unknown;
export type Methods = Record<string, Method>;
