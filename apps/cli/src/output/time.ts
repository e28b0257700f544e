/** `340 ms`, `12.3 s`, `4 min 05 s`, `3 h 07 min`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.floor(ms / 1_000);
  const two = (value: number): string => String(value).padStart(2, '0');
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  return `${Math.floor(seconds / 3_600)} h ${two(Math.floor((seconds % 3_600) / 60))} min`;
}

/** `2026-11-24 16:00:00Z`; `-` for a time that is not there. */
export function time(ms: number | undefined): string {
  return ms === undefined ? '-' : `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** How long ago, in one unit: `3 d ago`, `12 min ago`, `0 s ago`; `-` for a time that is not there. */
export function ago(ms: number | undefined, now = Date.now()): string {
  if (ms === undefined) return '-';
  const past = Math.max(0, now - ms);
  const [unit, unitMs] = UNITS.find(([, length]) => past >= length) ?? ['s', 1_000];
  return `${Math.floor(past / unitMs)} ${unit} ago`;
}
