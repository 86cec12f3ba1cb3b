/** Figures as an operator reads them. */

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** `1536` → `1.5 KB`. */
export function size(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${value >= 10 || power === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[power]}`;
}

const STEPS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** The largest unit that fits: `3 d`, `5 h`, `12 min`, `8 s`. */
export function span(ms: number): string {
  const step = STEPS.find(([, length]) => ms >= length);
  return step ? `${Math.floor(ms / step[1])} ${step[0]}` : `${Math.max(0, Math.round(ms))} ms`;
}

export const percent = (value: number): string => `${Math.round(value)} %`;
