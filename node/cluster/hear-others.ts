/** What this node does about the others' messages, and about those it may have missed. */
import type { Breakers } from '../breakers/breakers.ts';
import type { Runner } from '../jobs/runner.ts';
import type { WaitingLine } from '../jobs/waiting-line.ts';
import type { Log } from '../log.ts';
import type { Settings } from '../settings/settings.ts';
import type { Cluster } from './cluster.ts';

export interface HearOthersParts {
  cluster: Pick<Cluster, 'on' | 'onMissed' | 'onDraining'>;
  settings: Pick<Settings, 'reload'>;
  breakers: Pick<Breakers, 'reload'>;
  runner: Pick<Runner, 'kick'>;
  line: Pick<WaitingLine, 'moved'>;
  log: Log;
}

export function hearOthers(parts: HearOthersParts): void {
  const { cluster, settings, breakers, runner, line, log } = parts;
  const noted = (work: Promise<void>) =>
    void work.catch((err) => log.warn({ err }, 'what another node changed could not be read'));
  cluster.on('kick', () => {
    runner.kick();
    line.moved();
  });
  cluster.on('state', ({ space, name }) => {
    if (space === 'settings') noted(settings.reload());
    if (space === 'breakers') noted(breakers.reload(name));
  });
  cluster.onMissed(() => {
    noted(settings.reload());
    noted(breakers.reload());
    runner.kick();
  });
  cluster.onDraining((on) => {
    if (!on) runner.kick();
  });
}
