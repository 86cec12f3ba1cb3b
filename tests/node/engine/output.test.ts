import { describe, expect, it } from 'vitest';
import { lineReader, tail } from '../../../node/engine/lines.ts';
import { parseOutput, type RawProgress } from '../../../node/engine/output.ts';
import { progressMeter } from '../../../node/engine/progress.ts';

describe('parseOutput', () => {
  it('reads progress with an exact size', () => {
    const line =
      '@@P {"status":"downloading","filename":"a","downloaded_bytes":5,"total_bytes":10,"speed":null,"eta":2}';
    expect(parseOutput(line)).toEqual({
      kind: 'progress',
      progress: {
        status: 'downloading',
        file: 'a',
        downloaded: 5,
        total: { bytes: 10, exact: true },
        speed: undefined,
        eta: 2,
      },
    });
  });

  it('calls an HLS size an estimate', () => {
    const line =
      '@@P {"status":"downloading","downloaded_bytes":5,"total_bytes":null,"total_bytes_estimate":10.5}';
    expect(parseOutput(line)).toMatchObject({ progress: { total: { bytes: 10.5, exact: false } } });
  });

  it('reads the final path and post-processing', () => {
    expect(parseOutput('@@F "/tmp/001.mp4"')).toEqual({ kind: 'file', path: '/tmp/001.mp4' });
    expect(parseOutput('@@Q {"status":"started","postprocessor":"Merger"}')).toEqual({
      kind: 'post',
      status: 'started',
      name: 'Merger',
    });
  });

  it('takes nothing from other or broken lines', () => {
    expect(parseOutput('[download] Destination: x')).toBeUndefined();
    expect(parseOutput('@@P {"status":')).toBeUndefined();
    expect(parseOutput('@@P {"status":"dancing"}')).toBeUndefined();
  });
});

describe('progressMeter', () => {
  const raw = (file: string, downloaded: number, bytes: number): RawProgress => ({
    status: 'downloading',
    file,
    downloaded,
    total: { bytes, exact: false },
  });

  it('never walks back when an estimate grows', () => {
    const meter = progressMeter();
    expect(meter.add(raw('a', 50, 100)).percent).toBe(50);
    expect(meter.add(raw('a', 60, 300)).percent).toBe(50);
  });

  it('counts two streams against the size of both', () => {
    const meter = progressMeter(200);
    expect(meter.add(raw('video', 100, 100)).percent).toBe(50);
    expect(meter.add(raw('audio', 50, 100)).percent).toBe(75);
  });

  it('has no percentage without a size', () => {
    const { total: _, ...unsized } = raw('a', 5, 0);
    expect(progressMeter().add(unsized).percent).toBeUndefined();
  });
});

describe('lineReader', () => {
  const read = (chunks: Buffer[], max = 100) => {
    const lines: string[] = [];
    const reader = lineReader((line) => lines.push(line), max);
    for (const chunk of chunks) reader.write(chunk);
    reader.end();
    return lines;
  };

  it('joins letters and lines over any chunk border', () => {
    const bytes = Buffer.from('سلام\nدنیا\r\nend');
    expect(read([...bytes].map((byte) => Buffer.from([byte])))).toEqual(['سلام', 'دنیا', 'end']);
  });

  it('keeps the beginning of an endless line', () => {
    expect(read([Buffer.from('x'.repeat(500)), Buffer.from('\nnext\n')], 10)).toEqual([
      'xxxxxxxxxx',
      'next',
    ]);
  });

  it('keeps only the end of a flood', () => {
    const last = tail(10);
    for (let index = 0; index < 1000; index += 1) last.add(`line ${index}`);
    expect(last.text()).toBe('\nline 999\n');
  });
});
