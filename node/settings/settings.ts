/** What admins change while the bot runs; kept in the database, read by everyone who asks anew. */
import * as v from 'valibot';
import type { State } from '../store/state.ts';

export const LIMIT_RANGES = {
  /** Requests a minute, 0 = off. */
  user: { min: 0, max: 1000 },
  global: { min: 0, max: 100_000 },
  /** MB; what Telegram takes bounds it further. */
  size: { min: 1, max: 2000 },
  /** Downloads at once. */
  downloads: { min: 1, max: 64 },
} as const;
export type LimitName = keyof typeof LIMIT_RANGES;
export type LimitValues = Record<LimitName, number>;

const Channel = v.object({ name: v.string(), title: v.string() });
/** A channel by its `@name`. */
export type Channel = v.InferOutput<typeof Channel>;

const value = v.exactOptional(v.number());
const Changes = v.object({ user: value, global: value, size: value, downloads: value });

export interface Settings {
  /** New jobs wait. */
  readonly maintenance: boolean;
  /** The same object always, with the values of now. */
  readonly limits: Readonly<LimitValues>;
  /** The limits that are not those of the configuration. */
  readonly changed: readonly LimitName[];
  /** Whoever wants to use the bot is a member of all of them. */
  readonly channels: readonly Channel[];
  setMaintenance(on: boolean): Promise<void>;
  setLimit(name: LimitName, value: number): Promise<void>;
  resetLimits(): Promise<void>;
  setChannels(channels: readonly Channel[]): Promise<void>;
  /** Another node may have changed them. */
  reload(): Promise<void>;
}

export interface SettingsParts {
  state: State;
  /** The limits of the configuration. */
  defaults: LimitValues;
  /** Something has another value now. */
  onChange?: (settings: Settings) => void;
  now?: () => number;
}

const SPACE = 'settings';

interface Kept {
  changes: Partial<LimitValues>;
  maintenance: boolean;
  channels: readonly Channel[];
}

export async function loadSettings(parts: SettingsParts): Promise<Settings> {
  const { state, defaults, now = Date.now } = parts;
  const read = <T>(name: string, schema: v.GenericSchema<unknown, T>) =>
    state.get(SPACE, name, schema);
  const readAll = async () => ({
    changes: (await read('limits', Changes)) ?? {},
    maintenance: (await read('maintenance', v.boolean())) ?? false,
    channels: (await read('channels', v.array(Channel))) ?? [],
  });
  let { changes, maintenance, channels }: Kept = await readAll();
  const limits = { ...defaults, ...changes };

  const keep = async (name: string, value: unknown) => {
    await state.set(SPACE, name, value, now());
    parts.onChange?.(settings);
  };
  const settings: Settings = {
    get maintenance() {
      return maintenance;
    },
    get channels() {
      return channels;
    },
    get changed() {
      return Object.keys(changes) as LimitName[];
    },
    limits,
    async setMaintenance(on) {
      maintenance = on;
      await keep('maintenance', on);
    },
    async setLimit(name, value) {
      changes = { ...changes, [name]: value };
      limits[name] = value;
      await keep('limits', changes);
    },
    async resetLimits() {
      changes = {};
      Object.assign(limits, defaults);
      await keep('limits', changes);
    },
    async setChannels(next) {
      channels = next;
      await keep('channels', next);
    },
    async reload() {
      const before = JSON.stringify({ changes, maintenance, channels });
      const kept = await readAll();
      if (JSON.stringify(kept) === before) return;
      ({ changes, maintenance, channels } = kept);
      Object.assign(limits, defaults, changes);
      parts.onChange?.(settings);
    },
  };
  return settings;
}
