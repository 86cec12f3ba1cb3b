import { expect, it } from 'vitest';
import { fuzz } from '../../support/fuzz/run.ts';

it('20,000 bent updates crash nothing and hold up no chat', async () => {
  const { p99Ms, ...report } = await fuzz(20_000, 20_261_123);
  console.info(`p99 of the edge: ${p99Ms.toFixed(2)} ms of CPU`, report.statuses, report.jobs);
  expect(report.thrown.slice(0, 5)).toEqual([]);
  expect(report.statuses).toEqual({ 200: 20_000 });
  expect(report.jobs).toBeGreaterThan(5_000);
}, 120_000);
