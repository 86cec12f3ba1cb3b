/**
 * What the scripts decide, as pure functions: nothing here touches the disk or needs a package,
 * so the tests can ask every question without installing anything.
 */

/** The oldest Node the packages run on (undici 7 and vitest 4 set it). */
export const NODE_FLOOR = [20, 19];

/** A line that says what is wrong with this Node, or undefined when it will do. */
export function nodeTooOld(version) {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number);
  const [needMajor, needMinor] = NODE_FLOOR;
  const enough = major > needMajor || (major === needMajor && minor >= needMinor);
  return enough
    ? undefined
    : `Node ${NODE_FLOOR.join('.')} or newer is needed, this is ${version}.`;
}

/**
 * Which better-sqlite3 this Node uses, as `node/store/sqlite.ts` does. 13 brings its binary with
 * it and needs Node-API 10 (Node 22.14): on an older Node it crashes when a database is opened.
 * 12 is downloaded or compiled for one Node version.
 */
export function sqlitePackage(napi) {
  const modern = Number(napi) >= 10;
  return { name: modern ? 'better-sqlite3' : 'better-sqlite3-node20', compiled: !modern };
}

/**
 * What node_modules lacks: nothing, a fresh `npm ci`, or better-sqlite3 built for this Node.
 * A tree somebody installed by hand carries no stamp and is judged by npm's own record of it.
 */
export function needsInstall({
  stamp,
  lockHash,
  runtime,
  hasModules,
  npmRecordIsNewer,
  sqliteLoads,
}) {
  if (!hasModules) return 'install';
  const sameLock = stamp ? stamp.lockHash === lockHash : npmRecordIsNewer;
  if (!sameLock) return 'install';
  if (stamp?.runtime === runtime && stamp.sqliteFile) return 'nothing';
  return sqliteLoads() ? 'nothing' : 'rebuild';
}

/** A build is stale when its inputs changed or one of its outputs is gone. */
export function needsBuild({ stamp, inputHash, missingOutputs }) {
  return stamp !== inputHash || missingOutputs.length > 0;
}

/** What to install before better-sqlite3 can be compiled, or undefined when all is there. */
export function compilerAdvice({ make, compiler, python }) {
  const missing = [!make && 'make', !compiler && 'a C++ compiler', !python && 'Python 3'];
  const names = missing.filter(Boolean);
  if (names.length === 0) return undefined;
  return (
    `better-sqlite3 has to be compiled and ${names.join(', ')} cannot be found. ` +
    'Install them (Debian, Ubuntu: apt-get install build-essential python3) and run this again.'
  );
}

/**
 * Counts of a vitest JSON report. A file that failed to load has no tests in the report, and an
 * unhandled error fails the run without failing a test: each counts as one failure.
 */
export function countReport(report, exitCode) {
  if (!report) return { passed: 0, failed: 1, skipped: 0 };
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((t) => t.status === 'failed'),
  ).length;
  const failed = report.numFailedTests + broken;
  const none = report.numPassedTests + failed === 0;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && (exitCode !== 0 || none) ? 1 : failed,
    skipped: report.numPendingTests + (report.numTodoTests ?? 0),
  };
}

/** The one line a reader or a pipeline looks for at the end. */
export function lastLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/**
 * Decides which signals go on to the child. Ctrl-C reaches this process twice (from the terminal
 * and again from npm), and the node takes a second signal as "stop at once": echoes are dropped.
 */
export function signalGate(now, echoMs = 400) {
  const last = new Map();
  return (signal) => {
    const before = last.get(signal);
    const at = now();
    if (before !== undefined && at - before < echoMs) return false;
    last.set(signal, at);
    return true;
  };
}
