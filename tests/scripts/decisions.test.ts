import { describe, expect, it, vi } from 'vitest';
import {
  compilerAdvice,
  countReport,
  type InstallState,
  lastLine,
  needsBuild,
  needsInstall,
  nodeTooOld,
  signalGate,
} from '../../scripts/decisions.mjs';

const RUNTIME = 'linux-x64-115';
const state = (change: Partial<InstallState> = {}): InstallState => ({
  stamp: { lockHash: 'a', runtime: RUNTIME, sqliteFile: true },
  lockHash: 'a',
  runtime: RUNTIME,
  hasModules: true,
  npmRecordIsNewer: false,
  sqliteLoads: () => true,
  ...change,
});

describe('the Node version', () => {
  it.each(['20.19.0', '20.20.1', '22.0.0', '24.1.0', 'v22.3.0'])('%s will do', (version) => {
    expect(nodeTooOld(version)).toBeUndefined();
  });

  it.each(['18.20.8', '20.18.3', 'v20.9.0'])('%s is refused with both versions named', (old) => {
    expect(nodeTooOld(old)).toContain('20.19');
    expect(nodeTooOld(old)).toContain(old);
  });
});

describe('what set-up does', () => {
  it('nothing, and without starting a process, when the stamp fits', () => {
    const sqliteLoads = vi.fn(() => true);
    expect(needsInstall(state({ sqliteLoads }))).toBe('nothing');
    expect(sqliteLoads).not.toHaveBeenCalled();
  });

  it('installs on a fresh clone', () => {
    expect(needsInstall(state({ hasModules: false, stamp: undefined }))).toBe('install');
  });

  it('installs when the lock file changed', () => {
    expect(needsInstall(state({ lockHash: 'b' }))).toBe('install');
  });

  it('takes a tree that was installed by hand and is newer than the lock file', () => {
    expect(needsInstall(state({ stamp: undefined, npmRecordIsNewer: true }))).toBe('nothing');
    expect(needsInstall(state({ stamp: undefined, npmRecordIsNewer: false }))).toBe('install');
  });

  it('rebuilds only the database module for another Node', () => {
    const other = state({ runtime: 'linux-x64-127', sqliteLoads: () => false });
    expect(needsInstall(other)).toBe('rebuild');
  });

  it('rebuilds when an install was cut short before the module was compiled', () => {
    const stamp = { lockHash: 'a', runtime: RUNTIME, sqliteFile: false };
    expect(needsInstall(state({ stamp, sqliteLoads: () => false }))).toBe('rebuild');
  });

  it('names exactly the tools that are missing for a compile', () => {
    expect(compilerAdvice({ make: true, compiler: true, python: true })).toBeUndefined();
    const advice = compilerAdvice({ make: false, compiler: false, python: true });
    expect(advice).toContain('make, a C++ compiler cannot');
    expect(advice).toContain('build-essential');
  });
});

describe('the build', () => {
  it('is skipped when nothing changed and redone when a source or an output did', () => {
    expect(needsBuild({ stamp: 'x', inputHash: 'x', missingOutputs: [] })).toBe(false);
    expect(needsBuild({ stamp: 'x', inputHash: 'y', missingOutputs: [] })).toBe(true);
    expect(needsBuild({ stamp: 'x', inputHash: 'x', missingOutputs: ['dist/page'] })).toBe(true);
    expect(needsBuild({ stamp: undefined, inputHash: 'x', missingOutputs: [] })).toBe(true);
  });
});

describe('the summary of a test run', () => {
  const report = {
    numPassedTests: 5,
    numFailedTests: 0,
    numPendingTests: 0,
    testResults: [{ status: 'passed', assertionResults: [{ status: 'passed' }] }],
  };

  it('counts what ran', () => {
    expect(countReport(report, 0)).toEqual({ passed: 5, failed: 0, skipped: 0 });
    const mixed = { ...report, numFailedTests: 2, numPendingTests: 1, numTodoTests: 1 };
    expect(countReport(mixed, 1)).toEqual({ passed: 5, failed: 2, skipped: 2 });
  });

  it('counts a test file that could not be loaded', () => {
    const testResults = [{ status: 'failed', assertionResults: [] }];
    expect(countReport({ ...report, testResults }, 1).failed).toBe(1);
  });

  it('fails when vitest failed without a failed test', () => {
    expect(countReport(report, 1).failed).toBe(1);
    expect(countReport(undefined, 0).failed).toBe(1);
  });

  it('fails when no test ran', () => {
    expect(countReport({ ...report, numPassedTests: 0, testResults: [] }, 0).failed).toBe(1);
  });

  it('names skipped tests only when there are some', () => {
    expect(lastLine({ passed: 8, failed: 0, skipped: 0 })).toBe('8 passed, 0 failed');
    expect(lastLine({ passed: 8, failed: 1, skipped: 2 })).toBe('8 passed, 1 failed, 2 skipped');
  });
});

describe('signals on their way to the node', () => {
  it('passes one of an echo pair, and a second press later', () => {
    let now = 0;
    const passes = signalGate(() => now);
    expect(passes('SIGINT')).toBe(true);
    now = 20;
    expect(passes('SIGINT')).toBe(false);
    expect(passes('SIGTERM')).toBe(true);
    now = 1000;
    expect(passes('SIGINT')).toBe(true);
  });
});
