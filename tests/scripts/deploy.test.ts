/** The files an operator puts on a server, read by the programs that will read them there. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const at = (name: string) => new URL(`../../${name}`, import.meta.url).pathname;
const has = (tool: string) => spawnSync(tool, ['--version'], { stdio: 'ignore' }).status === 0;

describe('the files for a server', () => {
  it.skipIf(!has('systemd-analyze'))('have a unit that systemd finds sound and well shut', () => {
    const unit = at('deploy/postchi.service');
    const verified = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
    expect([verified.status, verified.stderr]).toEqual([0, '']);
    const judged = spawnSync('systemd-analyze', [
      'security',
      '--offline=true',
      '--threshold=30',
      unit,
    ]);
    expect(judged.status).toBe(0);
  });

  it('let Node compile its code: V8 cannot run where written memory may not be executed', () => {
    expect(readFileSync(at('deploy/postchi.service'), 'utf8')).not.toMatch(
      /^MemoryDenyWriteExecute=/m,
    );
  });

  it.skipIf(!has('docker-compose'))(
    'have a compose file that compose understands, with and without a Bot API server',
    () => {
      const dir = mkdtempSync(join(tmpdir(), 'postchi-compose-'));
      cpSync(at('compose.yaml'), join(dir, 'compose.yaml'));
      writeFileSync(join(dir, 'postchi.env'), 'BOT_TOKEN=\n');
      const services = (...flags: string[]) =>
        spawnSync('docker-compose', [...flags, 'config', '--services'], {
          cwd: dir,
          encoding: 'utf8',
        }).stdout;
      const [plain, local] = [services(), services('--profile', 'local-api')];
      rmSync(dir, { recursive: true });
      expect(plain).toContain('postchi');
      expect(local).toContain('telegram-bot-api');
    },
  );

  it.skipIf(!has('docker-compose'))('have three nodes at the addresses the balancer knows', () => {
    const dir = mkdtempSync(join(tmpdir(), 'postchi-compose-'));
    cpSync(at('compose.cluster.yaml'), join(dir, 'compose.yaml'));
    writeFileSync(join(dir, 'postchi.env'), 'BOT_TOKEN=\n');
    const { stdout } = spawnSync('docker-compose', ['config'], {
      cwd: dir,
      encoding: 'utf8',
      env: { ...process.env, POSTGRES_PASSWORD: 'secret' },
    });
    rmSync(dir, { recursive: true });
    const known = readFileSync(at('deploy/haproxy.cfg'), 'utf8').matchAll(
      /server \w+ ([\d.]+):8080/g,
    );
    const addresses = [...known].map(([, address]) => address);
    expect(addresses).toHaveLength(3);
    for (const address of addresses) expect(stdout).toContain(`ipv4_address: ${address}`);
    expect(stdout.match(/DATABASE_URL: postgres:\/\/postchi:secret@postgres/g)).toHaveLength(3);
  });

  it('build the image from files that the build context holds', () => {
    const ignored = readFileSync(at('.dockerignore'), 'utf8').split('\n');
    for (const needed of ['node', 'edge', 'shared', 'drizzle', 'scripts'])
      expect(ignored).not.toContain(needed);
    expect(ignored).toEqual(expect.arrayContaining(['.git', 'data', '*.env']));
  });
});
