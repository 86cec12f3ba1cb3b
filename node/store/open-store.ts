/** Opens the store the configuration asks for. */
import { type Opened, openDatabase } from './open.ts';
import { createStore, type Store, type StoreHooks } from './store.ts';
import { type Upkeep, upkeepStore } from './upkeep.ts';

export interface OpenStore {
  store: Store;
  upkeep: Upkeep;
  /** Set when SQLite's file was damaged: where it went and what took its place. */
  recovered?: Opened['recovered'];
  close(): Promise<void>;
}

export interface OpenStoreOptions {
  dataDir: string;
  migrationsDir: string;
  /** This start of the node; what an earlier one held is told by another id. */
  bootId: string;
  hooks?: StoreHooks;
}

/** @throws what opening SQLite throws: no room, no right to write, another version's file */
export async function openStore(options: OpenStoreOptions): Promise<OpenStore> {
  const opened = openDatabase(options);
  return {
    store: createStore(opened.db, options.hooks),
    upkeep: upkeepStore(opened),
    ...(opened.recovered && { recovered: opened.recovered }),
    close: async () => opened.close(),
  };
}
