import { tempStore } from '../../support/store.ts';
import { jobSuite } from '../../support/store-suite/jobs.ts';

jobSuite('jobs on SQLite', async () => {
  const { store, sqlite, close } = tempStore();
  return {
    store,
    crashes: async (id, n) => {
      sqlite.prepare('UPDATE jobs SET crashes = ? WHERE id = ?').run(n, id);
    },
    tallies: () => store.tallies.since(0),
    close: async () => close(),
  };
});
