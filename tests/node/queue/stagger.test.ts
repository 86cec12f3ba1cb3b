import PQueue from 'p-queue';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { stagger } from '../../../node/queue/gates.ts';

describe('work that starts one after the other', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function begun() {
    const gate = new PQueue({ concurrency: 1 });
    const started: string[] = [];
    const start = (name: string, work: Promise<string>) =>
      stagger(gate, () => {
        started.push(name);
        return work;
      });
    return { started, start };
  }
  const never = new Promise<string>(() => {});

  it('begins when what began before it is done', async () => {
    const { started, start } = begun();
    let finish: (found: string) => void = () => {};
    const first = new Promise<string>((resolve) => {
      finish = resolve;
    });
    const result = start('first', first);
    void start('second', never);
    await vi.advanceTimersByTimeAsync(20);
    expect(started).toEqual(['first']);
    finish('found');
    expect(await result).toBe('found');
    await vi.advanceTimersByTimeAsync(0);
    expect(started).toEqual(['first', 'second']);
  });

  it('does not wait for one that waits for its site', async () => {
    const { started, start } = begun();
    void start('slow', never);
    void start('second', never);
    await vi.advanceTimersByTimeAsync(100);
    expect(started).toEqual(['slow', 'second']);
  });

  it('lets the next one begin when one fails', async () => {
    const { started, start } = begun();
    await expect(start('broken', Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(start('second', Promise.resolve('found'))).resolves.toBe('found');
    expect(started).toEqual(['broken', 'second']);
  });
});
