/** The clock behind the alerts. */
import { collectHealth, type HealthSource } from '../health/check.ts';
import type { Service } from '../services/every.ts';
import { type Alerts, WATCHED } from './alerts.ts';

const LOOK_MS = 30_000;

/** Only what alerts are about is looked at: the other checks are dear or need the network. */
export function watching(alerts: Alerts, sources: () => readonly HealthSource[]): Service {
  const names = new Set<string>(WATCHED);
  return {
    name: 'alerts',
    next: (now) => now + LOOK_MS,
    async run() {
      const watched = sources().filter(({ name }) => names.has(name));
      await alerts.look(await collectHealth(watched));
    },
  };
}
