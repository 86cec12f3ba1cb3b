/** The files an operator puts on a server, read by the programs that will read them there. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HELP } from '../../node/cli/help.ts';

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

  it.skipIf(!has('systemd-analyze'))(
    'have a second barrier that systemd reads with the unit',
    () => {
      const dir = mkdtempSync(join(tmpdir(), 'postchi-unit-'));
      const [unit, dropIns] = [join(dir, 'postchi.service'), join(dir, 'postchi.service.d')];
      mkdirSync(dropIns);
      cpSync(at('deploy/postchi.service'), unit);
      const barrier = readFileSync(at('deploy/private-networks.conf'), 'utf8');
      const verified = (text: string) => {
        writeFileSync(join(dropIns, 'private-networks.conf'), text);
        return spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' }).stderr;
      };
      expect(verified(barrier)).toBe('');
      expect(verified(barrier.replace('10.0.0.0/8', '10.0.0/x'))).toContain('10.0.0/x');
      rmSync(dir, { recursive: true });
    },
  );

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

  describe('have a Dockerfile', () => {
    const steps = readFileSync(at('Dockerfile'), 'utf8')
      .replace(/\\\n/g, ' ')
      .split('\n')
      .filter((line) => /^[A-Z]+ /.test(line));
    const all = (name: string) =>
      steps
        .filter((line) => line.startsWith(`${name} `))
        .map((line) => line.slice(name.length + 1));
    const ignored = readFileSync(at('.dockerignore'), 'utf8').split('\n').filter(Boolean);
    /** As far as the patterns of the file go: a name at the top, or one with a star. */
    const isIgnored = (file: string) =>
      ignored.some((pattern) => {
        const [top = ''] = file.split('/');
        const shape = pattern.replace(/[.]/g, '\\$&').replaceAll('*', '[^/]*');
        return new RegExp(`^${shape}$`).test(top);
      });
    const context = execFileSync('git', ['ls-files'], { cwd: at('.'), encoding: 'utf8' })
      .split('\n')
      .filter((file) => file && !isIgnored(file));

    it('that copies what the build context holds, and later what the build makes', () => {
      for (const copy of all('COPY')) {
        const [flag, ...rest] = copy.startsWith('--') ? copy.split(' ') : ['', ...copy.split(' ')];
        const sources = rest.slice(0, -1);
        if (flag === '') {
          for (const source of sources.filter((one) => one !== '.'))
            expect(context).toContain(source);
        } else {
          expect(flag).toBe('--from=build');
          for (const source of sources)
            expect(['/app/package.json', '/app/node_modules', '/app/dist']).toContain(source);
        }
      }
      const needed = ['scripts/build.mjs', 'scripts/lib.mjs', 'node/node.ts', 'edge/worker.ts'];
      const read = ['node/engine/warm_server.py', 'wrangler.toml', 'tsconfig.json'];
      expect(context).toEqual(expect.arrayContaining([...needed, ...read]));
      for (const folder of ['drizzle/', 'shared/', 'node/sandbox/page/', 'node/admin/fonts/'])
        expect(context.some((file) => file.startsWith(folder))).toBe(true);
    });

    it('that lets no secret and nothing of this machine into the image', () => {
      expect(ignored).toEqual(
        expect.arrayContaining(['.git', 'data', '*.env', '.dev.vars*', 'node_modules', '.cache']),
      );
      expect(['postchi.env', '.env', '.dev.vars'].every(isIgnored)).toBe(true);
    });

    it('whose container is nobody special and can be asked how it is', () => {
      expect(all('USER')).toEqual(['node']);
      const [health = ''] = all('HEALTHCHECK');
      const command = JSON.parse(/CMD (\[.*\])$/.exec(health)?.[1] ?? '[]') as string[];
      expect(command).toEqual(['node', 'dist/node.js', 'status']);
      expect(HELP).toMatch(/^ *status\b/m);
      expect(JSON.parse(all('ENTRYPOINT')[0] ?? '[]')).toEqual(
        expect.arrayContaining(['tini', 'dist/node.js']),
      );
      const majors = all('FROM').map((from) => /node:(\d+)-/.exec(from)?.[1]);
      expect(new Set(majors)).toEqual(new Set(['22']));
    });
  });
});
