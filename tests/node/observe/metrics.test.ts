import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../../node/observe/metrics.ts';
import { observedEngine, observedSend, observedYtdlp } from '../../../node/observe/observed.ts';
import type { ApiCallSeen, ObservedStage } from '../../../node/observe/observer.ts';
import { telegramWatch } from '../../../node/observe/telegram-watch.ts';
import type { JobRow } from '../../../node/store/schema.ts';
import { TransportFailure } from '../../../node/telegram/errors.ts';
import { seenCall } from '../../../node/telegram/seen.ts';
import { filled } from '../../support/metrics.ts';
import { checkMetrics, promtool } from '../../support/promtool.ts';

const job = (change: Partial<JobRow>) =>
  ({
    ...{ site: 'youtube', state: 'done', errorCode: null, fromCache: 0, bytes: 1000 },
    ...{ createdAt: 1000, finishedAt: 4000 },
    ...change,
  }) as JobRow;

describe('/metrics', () => {
  it('counts jobs by site and outcome, with their bytes and times', async () => {
    const { observer, scrape } = createMetrics();
    observer.jobEnded(job({}));
    observer.jobEnded(job({ fromCache: 1 }));
    observer.jobEnded(job({ site: 'instagram', state: 'failed', errorCode: 'bot_check' }));
    const { body, type } = await scrape();
    expect(type).toContain('text/plain');
    expect(body).toContain('postchi_jobs_ended_total{site="youtube",outcome="done"} 1');
    expect(body).toContain('postchi_jobs_ended_total{site="youtube",outcome="cached"} 1');
    expect(body).toContain('postchi_jobs_ended_total{site="instagram",outcome="bot_check"} 1');
    expect(body).toContain('postchi_delivered_bytes_total{site="youtube"} 2000');
    expect(body).toContain('postchi_cache_hits_total 1');
    expect(body).toContain('postchi_job_duration_seconds_sum 9');
  });

  it('does not grow with the hosts of the web', async () => {
    const { observer, scrape } = createMetrics();
    for (let n = 0; n < 1000; n++) observer.jobEnded(job({ site: `host-${n}.example` }));
    const { body } = await scrape();
    expect(body).toContain('postchi_jobs_ended_total{site="other",outcome="done"} 1000');
    expect(body).not.toContain('host-1.example');
  });

  it('reads queue, places, breakers, egress and engine when it is asked', async () => {
    const metrics = filled();
    const { body } = await metrics.scrape();
    for (const line of [
      'postchi_jobs{state="queued"} 3',
      'postchi_download_places 8',
      'postchi_breakers{site="youtube",state="open"} 1',
      'postchi_breakers{site="other",state="half_open"} 2',
      'postchi_egress_refused_total 7',
      'postchi_engine_restarts_total 2',
      'postchi_engine_runs_total{engine="warm",result="ok"} 1',
      'postchi_bot_api_calls_total{method="sendVideo",outcome="flood"} 1',
      'postchi_stage_duration_seconds_count{stage="extract",result="ok"} 1',
    ])
      expect(body).toContain(line);
    expect((await metrics.scrape()).body).toContain('postchi_egress_refused_total 7');
    expect(body).toContain('process_resident_memory_bytes');
  });

  it('keeps the metrics of two nodes in one process apart', async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.observer.jobEnded(job({}));
    expect((await other.scrape()).body).not.toContain('outcome="done"');
  });

  it('has a help text and a type for everything, and a unit or total in every name', async () => {
    const { body } = await filled().scrape();
    const names = [...body.matchAll(/^# TYPE (\S+) (\S+)/gm)];
    expect(names.length).toBeGreaterThan(20);
    for (const [, name, type] of names) {
      expect(body).toContain(`# HELP ${name} `);
      expect(String(name).endsWith('_total')).toBe(type === 'counter');
    }
  });

  const tool = promtool();
  it.skipIf(!tool.path)(`passes Prometheus' own linter ${tool.why}`, async () => {
    const { body } = await filled().scrape();
    expect(checkMetrics(tool.path ?? '', body)).toEqual({ code: 0, said: '' });
  });
});

describe('what observers are told', () => {
  const stages = () => {
    const seen: [ObservedStage, boolean][] = [];
    return {
      seen,
      watch: {
        stage: (stage: ObservedStage, _ms: number, ok: boolean) => void seen.push([stage, ok]),
      },
    };
  };

  it('has each stage once, failed ones as failed', async () => {
    const { seen, watch } = stages();
    const ytdlp = observedYtdlp(
      { probe: async () => ({}) as never, download: () => Promise.reject(new Error('cut off')) },
      watch,
    );
    await ytdlp.probe({} as never);
    await expect(ytdlp.download({} as never)).rejects.toThrow('cut off');
    expect(seen).toEqual([
      ['extract', true],
      ['download', false],
    ]);
  });

  it('takes only bytes that leave for an upload', async () => {
    const { seen, watch } = stages();
    const send = observedSend(async () => ({}) as never, watch);
    await send([{ fileId: 'known' } as never], {} as never);
    await send([{ path: '/clip.mp4' } as never], {} as never);
    expect(seen).toEqual([['upload', true]]);
  });

  it('counts a run that was stopped by its person neither well nor ill', async () => {
    const runs: boolean[] = [];
    const failing = {
      name: 'warm' as const,
      close: async () => {},
      run: () => Promise.reject(new Error('gone')),
    };
    const engine = observedEngine(failing, { engineRun: (_engine, ok) => void runs.push(ok) });
    const stopped = AbortSignal.abort();
    await expect(engine.run({ signal: stopped } as never)).rejects.toThrow();
    await expect(engine.run({ signal: new AbortController().signal } as never)).rejects.toThrow();
    expect(runs).toEqual([false]);
  });

  it.each([
    [{ ok: true, result: 1 }, 'ok'],
    [{ ok: false, error_code: 429, description: 'Too Many Requests' }, 'flood'],
    [{ ok: false, error_code: 409, description: 'Conflict' }, 'conflict'],
    [{ ok: false, error_code: 401, description: 'Unauthorized' }, 'unauthorized'],
    [{ ok: false, error_code: 400, description: 'Bad Request' }, 'refused'],
    [{ ok: false, error_code: 502, description: 'Bad Gateway' }, 'server'],
  ])('sorts the answer %o as %s', async (answer, outcome) => {
    const calls: ApiCallSeen[] = [];
    await seenCall(
      'sendVideo',
      async () => answer as never,
      (call) => calls.push(call),
    );
    expect(calls).toMatchObject([{ method: 'sendVideo', outcome }]);
  });

  it.each([
    ['not_sent', false, 'unreachable'],
    ['sent', false, 'no_answer'],
    ['sent', true, 'aborted'],
  ] as const)('tells a call that was %s (aborted: %s) as %s', async (stage, aborted, outcome) => {
    const calls: ApiCallSeen[] = [];
    const failing = () => Promise.reject(new TransportFailure(stage, 'X', 'no answer', aborted));
    await expect(seenCall('sendVideo', failing, (call) => calls.push(call))).rejects.toThrow();
    expect(calls).toMatchObject([{ outcome }]);
  });

  it('ends an outage with the first answer, a refusal included', () => {
    const { observer, seen } = telegramWatch(() => 42);
    const call = (outcome: ApiCallSeen['outcome']) =>
      observer.apiCall({ method: 'getMe', outcome, ms: 1 });
    call('unreachable');
    call('aborted');
    call('server');
    expect(seen).toEqual({
      lastOkAt: undefined,
      failures: 2,
      lastFailure: { outcome: 'server', method: 'getMe', at: 42 },
    });
    call('refused');
    expect(seen).toMatchObject({ lastOkAt: 42, failures: 0 });
  });
});
