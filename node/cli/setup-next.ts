import { join } from 'node:path';
import type { Answers } from './setup-env.ts';
import type { Runner } from './setup-questions.ts';

/** The commands that are left to a person, because they need rights or another machine. */
export function nextSteps(settings: Answers, run: Runner, dir: string): string[] {
  const edge =
    settings.UPDATES === 'edge'
      ? [
          'The edge, in the source folder (docs/operations.md tells about the tunnel to NODE_URL):',
          '  npx wrangler secret put WEBHOOK_SECRET   # the value in postchi.env',
          '  npx wrangler secret put NODE_SECRET      # the value in postchi.env',
          '  npx wrangler deploy --var NODE_URL:https://your-tunnel.example',
        ]
      : [];
  return ['', 'Next:', ...START[run](dir, settings.DATA_DIR), ...edge];
}

const START: Record<Runner, (dir: string, dataDir?: string) => string[]> = {
  systemd: (dir, dataDir) => [
    '  sudo useradd --system --home-dir /var/lib/postchi --shell /usr/sbin/nologin postchi',
    // A folder of one's own must be there before the unit may write into it.
    ...(dataDir ? [`  sudo install -d -o postchi -g postchi -m 0700 ${dataDir}`] : []),
    `  sudo cp ${join(dir, 'postchi.service')} /etc/systemd/system/`,
    '  sudo systemctl daemon-reload && sudo systemctl enable --now postchi',
    '  journalctl -fu postchi',
  ],
  compose: (dir) => [
    `  docker compose -f ${join(dir, 'compose.yaml')} up -d --build`,
    `  docker compose -f ${join(dir, 'compose.yaml')} logs -f`,
  ],
  none: (dir) => [`  set -a; . ${join(dir, 'postchi.env')}; set +a`, '  npm start'],
};
