/** The store: one port with a promise for every answer, so that a server-side database can stand behind it. */
import { type Audit, auditStore } from './audit.ts';
import { type Delivered, deliveredStore } from './delivered.ts';
import { type Files, fileStore } from './files.ts';
import { jobStore } from './job-store.ts';
import type { Jobs } from './jobs.ts';
import { type Menus, menuStore } from './menus.ts';
import type { Db } from './open.ts';
import { type People, peopleStore } from './people.ts';
import { type Playlists, playlistStore } from './playlists.ts';
import type { JobRow } from './schema.ts';
import { type State, stateStore } from './state.ts';
import { type Tallies, tallyStore } from './tallies.ts';
import { type Updates, updateStore } from './updates.ts';
import { type Users, userStore } from './users.ts';
import { type Waits, waitStore } from './waits.ts';

export interface Store {
  updates: Updates;
  jobs: Jobs;
  menus: Menus;
  files: Files;
  delivered: Delivered;
  users: Users;
  people: People;
  state: State;
  waits: Waits;
  tallies: Tallies;
  audit: Audit;
  playlists: Playlists;
}

export interface StoreHooks {
  /** Told of every job that reaches its end, once its row is written. */
  onJobEnded?: (job: JobRow) => void;
}

export const createStore = (db: Db, hooks: StoreHooks = {}): Store => ({
  updates: updateStore(db),
  jobs: jobStore(db, hooks.onJobEnded),
  menus: menuStore(db),
  files: fileStore(db),
  delivered: deliveredStore(db),
  users: userStore(db),
  people: peopleStore(db),
  state: stateStore(db),
  waits: waitStore(db),
  tallies: tallyStore(db),
  audit: auditStore(db),
  playlists: playlistStore(db),
});
