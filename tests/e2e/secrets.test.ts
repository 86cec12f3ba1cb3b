/** What an operator and a person want kept to themselves, looked for everywhere it could show. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processesIn } from '../../node/jobs/leftovers.ts';
import { type Scene, startScene } from '../support/scene.ts';

const EMMA = 3001;
const OPERATORS = {
  WEBHOOK_SECRET: 'webhook_secret_KQ7wX2',
  NODE_SECRET: 'node_secret_0123456789_abcdefghijkl_Zp4',
  EGRESS_PROXY: 'http://operator:upstream_password_Lm8@127.0.0.1:9',
};
const KEY = 'person_key_Rt5yU8';
const FAILED = /Error \u2068[0-9a-f]{8}\u2069$/;

const ENGINES = ['warm', 'spawn'] as const;
type Kind = (typeof ENGINES)[number];

describe('a bot that was told secrets', () => {
  const scenes = {} as Record<Kind, Scene>;
  const proxyPasswords: Record<Kind, string[]> = { warm: [], spawn: [] };
  beforeAll(async () => {
    const start = async (engine: Kind) => {
      scenes[engine] = await startScene({ ...OPERATORS, ENGINE: engine, LOG_LEVEL: 'trace' });
    };
    await Promise.all(ENGINES.map(start));
  });
  afterAll(() => Promise.all(Object.values(scenes).map((scene) => scene.close())));

  const settled = async (scene: Scene, text: string) => {
    const asked = scene.say(EMMA, text);
    return scene.telegram.api.waitFor(
      () => scene.answers(EMMA, asked).find((m) => m.kind !== 'text' || FAILED.test(m.text)),
      120_000,
    );
  };

  it.each(ENGINES)(
    'starts children that know no secret nor a way around the proxy (%s)',
    async (engine) => {
      const scene = scenes[engine];
      scene.say(EMMA, `${scene.site.url}/slow.mp4?rate=40000&key=${KEY}`);
      await scene.site.asked('/slow.mp4', 2);
      const pids = await processesIn(join(scene.bot.dataDir, 'jobs'));
      expect(pids.length).toBeGreaterThan(0);
      for (const pid of pids) {
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
          .split('\0')
          .filter(Boolean);
        const names = environment.map((line) => line.split('=')[0] ?? '');
        expect(environment.length).toBeGreaterThan(0);
        expect(
          names.filter((name) => /proxy|token|secret|admin|node_|telegram/i.test(name)),
        ).toEqual([]);
        for (const secret of [scene.telegram.token, ...Object.values(OPERATORS)])
          expect(environment.join('\n')).not.toContain(secret);
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        expect(command).not.toMatch(/postchi:[0-9a-f]{48}@/);
        expect(command).not.toContain(scene.telegram.token);
        const told = join(`/proc/${pid}/cwd`, 'proxy.conf');
        if (engine === 'spawn')
          proxyPasswords.spawn.push(
            String(/:([0-9a-f]{48})@/.exec(readFileSync(told, 'utf8'))?.[1]),
          );
      }
      // Seen enough of it.
      scene.say(EMMA, '/cancel');
      await scene.words(EMMA, /^Stopped/);
    },
  );

  // At once: what fails waits for its retries most of the time.
  it.concurrent.each(ENGINES)(
    'writes no secret into its log or its chats (%s)',
    async (engine) => {
      const scene = scenes[engine];
      const { url, host } = scene.site;
      const links = [
        `${url}/small.mp4?token=${KEY}`,
        `${url}/page?file=small.mp4&access_token=${KEY}.x`,
        `${url}/hls/master.m3u8?sig=${KEY}`,
        `${url}/redirect?to=/small.mp4&token=${KEY}`,
        `${url}/redirect?to=%2Fpage%3Fkey%3D${KEY}`,
        `${url}/dead.mp4?token=${KEY}`,
        `${url}/500?token=${KEY}`,
        `${url}/empty-page?token=${KEY}`,
        `http://93.184.216.34/x.mp4?token=${KEY}`,
        `http://10.1.2.3/x.mp4?token=${KEY}`,
        `http://emma:${KEY}@${host}/small.mp4`,
        `http://${KEY}@${host}/small.mp4`,
      ];
      const shown = await Promise.all(links.map((link) => settled(scene, link)));
      expect(shown.filter(({ kind }) => kind !== 'text')).toHaveLength(5);
      const log = scene.bot.log.map((line) => JSON.stringify(line)).join('\n');
      // The log really is the talkative one.
      expect(log).toContain('Downloading m3u8 manifest');
      const chats = JSON.stringify(scene.telegram.api.visible(EMMA).filter(({ bot }) => bot));
      const upstream = new URL(OPERATORS.EGRESS_PROXY).password;
      const { WEBHOOK_SECRET, NODE_SECRET } = OPERATORS;
      const secrets = [scene.telegram.token, WEBHOOK_SECRET, NODE_SECRET, upstream, KEY];
      for (const secret of [...secrets, ...proxyPasswords[engine]])
        for (const [where, text] of Object.entries({ log, chats }))
          expect(text.includes(secret), `${secret} in the ${where}`).toBe(false);
    },
    180_000,
  );

  it.each(ENGINES)('lets nobody else on the machine read what it keeps (%s)', (engine) => {
    const { dataDir } = scenes[engine].bot;
    const open = readdirSync(dataDir)
      .map((name) => ({ name, mode: statSync(join(dataDir, name)).mode & 0o077 }))
      .filter(({ mode }) => mode !== 0);
    const folder = statSync(dataDir).mode & 0o077;
    expect(folder === 0 ? [] : open).toEqual([]);
  });
});
