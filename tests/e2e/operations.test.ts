/** What an operator sees of a bot that works: its start, its figures, its health. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { status } from '../../node/cli/status.ts';
import { checkMetrics, promtool } from '../support/promtool.ts';
import { type Scene, startScene } from '../support/scene.ts';
import { run } from '../support/terminal.ts';

describe('a bot at work', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await startScene({ METRICS_INTERVAL_S: '2' });
    const asked = scene.say(1001, `${scene.site.url}/clip.mp4`);
    await scene.delivery(1001, asked, 60_000);
  });
  afterAll(() => scene?.close());

  const metrics = async () => (await fetch(`${scene.bot.url}/metrics`)).text();

  it.each([
    /^Downloads at once: \d+ \(automatic\)$/,
    /^Workers: \d+$/,
    /^Database ready/,
    /^Rate limits ready/,
    /^Metrics ready/,
    /^Automatic clean-up ready: every 60 min$/,
    /^Circuit breakers ready/,
    /^Admin commands loaded/,
    /^Engine: /,
    /^Pictures: gallery-dl /,
    /^Updates: polling/,
    /^Service started: statistics logger$/,
    /^Service started: clean-up$/,
    /^Service started: database backup$/,
    /^Service started: yt-dlp update check$/,
    /^Service started: cookie check$/,
    /^Bot: @/,
    /^Postchi is up$/,
  ])('says at its start: %s', async (line) => {
    expect(scene.bot.log.map(({ msg }) => String(msg))).toContainEqual(expect.stringMatching(line));
  });

  it('counts the delivery by outcome and stage, in a text Prometheus accepts', async () => {
    await expect.poll(metrics).toContain('postchi_jobs_ended_total{site="other",outcome="done"} 1');
    const body = await metrics();
    for (const stage of ['extract', 'download', 'convert', 'upload'])
      expect(body).toContain(
        `postchi_stage_duration_seconds_count{stage="${stage}",result="ok"} 1`,
      );
    expect(body).toContain('postchi_bot_api_calls_total{method="sendVideo",outcome="ok"} 1');
    expect(body).toMatch(/postchi_engine_runs_total\{engine="\w+",result="ok"\} 2/);
    const { path } = promtool();
    if (path) expect(checkMetrics(path, body)).toEqual({ code: 0, said: '' });
  });

  it('writes it into the METRICS SUMMARY', async () => {
    const lines = () => scene.bot.log.filter(({ msg }) => msg === 'METRICS SUMMARY');
    await expect
      .poll(() => lines().some(({ day }) => (day as { jobs: number }).jobs === 1), {
        timeout: 20_000,
      })
      .toBe(true);
    expect(lines().at(-1)).toMatchObject({
      queue: { queued: 0, places: expect.any(Number) },
      day: { users: 1, jobs: 1, success: 100, platforms: { other: { count: 1, success: 100 } } },
    });
  });

  it('tells a load balancer and `status` that it is well', async () => {
    const response = await fetch(`${scene.bot.url}/healthz`);
    expect([response.status, await response.json()]).toEqual([
      200,
      expect.objectContaining({
        ...{ status: 'ok', mode: 'polling', version: expect.stringMatching(/^\d+\.\d+/) },
        ...{ queued: 0, free: expect.any(Number), draining: false },
        cluster: expect.stringMatching(/^[\da-f-]{36}$/),
      }),
    ]);
    const port = new URL(scene.bot.url).port;
    expect(await run(status, [], { PORT: port })).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^status +ok/),
    });
  });
});
