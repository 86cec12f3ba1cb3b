export interface Stamp {
  lockHash: string;
  runtime: string;
  /** The compiled module is still there. */
  sqliteFile: boolean;
}
export interface InstallState {
  stamp?: Stamp | undefined;
  lockHash: string;
  runtime: string;
  hasModules: boolean;
  npmRecordIsNewer: boolean;
  sqliteLoads: () => boolean;
}
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}
export interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests?: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
}
export const NODE_FLOOR: [number, number];
export function nodeTooOld(version: string): string | undefined;
export function needsInstall(state: InstallState): 'nothing' | 'install' | 'rebuild';
export function needsBuild(state: {
  stamp: string | undefined;
  inputHash: string;
  missingOutputs: string[];
}): boolean;
export function compilerAdvice(found: {
  make: boolean;
  compiler: boolean;
  python: boolean;
}): string | undefined;
export function countReport(report: Report | undefined, exitCode: number): Counts;
export function lastLine(counts: Counts): string;
export function signalGate(now: () => number, echoMs?: number): (signal: string) => boolean;

export function sqlitePackage(napi: string | undefined): { name: string; compiled: boolean };
