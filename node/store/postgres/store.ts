/** The store on PostgreSQL. */
import type { Store } from '../store.ts';
import { pgAuditStore } from './audit.ts';
import { pgDeliveredStore } from './delivered.ts';
import { pgFileStore } from './files.ts';
import type { OpenedPostgres } from './open.ts';
import { pgPeopleStore } from './people.ts';
import { pgPlaylistStore } from './playlists.ts';
import { pgStateStore } from './state.ts';
import { pgTallyStore } from './tallies.ts';
import { pgUpdateStore } from './updates.ts';
import { pgUserStore } from './users.ts';
import { pgWaitStore } from './waits.ts';

/** Everything that has no part in the queue. */
export type PlainStore = Omit<Store, 'jobs' | 'menus'>;

export const pgPlainStore = (opened: OpenedPostgres, bootId: string): PlainStore => ({
  updates: pgUpdateStore(opened, bootId),
  files: pgFileStore(opened),
  delivered: pgDeliveredStore(opened.db),
  users: pgUserStore(opened),
  people: pgPeopleStore(opened.db),
  state: pgStateStore(opened.db),
  waits: pgWaitStore(opened.db),
  tallies: pgTallyStore(opened.db),
  audit: pgAuditStore(opened.db),
  playlists: pgPlaylistStore(opened.db),
});
