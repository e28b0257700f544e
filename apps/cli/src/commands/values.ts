import { readFileSync } from 'node:fs';
import { parseTarget, type JsonValue } from '#contracts';
import { UsageError } from '../usage-error.js';

/** `250ms`, `30s`, `5m`, `2h`, `1d`. A number without a unit is refused: nobody means 5 ms by 5. */
export function milliseconds(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined) {
    throw new UsageError(`not a duration: ${text}; write 250ms, 30s, 5m, 2h or 1d`);
  }
  return Math.round(Number(amount) * UNITS[unit as keyof typeof UNITS]);
}

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A point in time: an ISO date, or a duration, which means that long ago. */
export function pointInTime(text: string, now = Date.now()): number {
  const parsed = Date.parse(text);
  return /^\d{4}-/.test(text) && !Number.isNaN(parsed) ? parsed : now - milliseconds(text);
}

/** A whole number of at least 1. */
export function count(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new UsageError(`not a whole number above 0: ${text}`);
}

/** A whole number, 0 too. */
export function countOrNone(text: string): number {
  return text === '0' ? 0 : count(text);
}

/** So many a second: `50/s`, or `50`. */
export function rate(text: string): number {
  const [, perSecond] = /^(\d+)(?:\/s)?$/.exec(text) ?? [];
  if (perSecond === undefined || Number(perSecond) === 0) {
    throw new UsageError(`not a rate: ${text}; write 50/s`);
  }
  return Number(perSecond);
}

/** Adds one `name=value`; the value is JSON where it reads as JSON, else text. For commander's repeatable options. */
export function addArgument(
  text: string,
  previous: Readonly<Record<string, JsonValue>> = {},
): Readonly<Record<string, JsonValue>> {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`not name=value: ${text}`);
  const value = text.slice(at + 1);
  const parsed = jsonOrText(value);
  if (typeof parsed === 'string' && /^[[{]/.test(value)) {
    throw new UsageError(`not JSON, although it begins like it: ${text}`);
  }
  return { ...previous, [text.slice(0, at)]: parsed };
}

/** Targets as given: a list `a,b,c`, a file (one target a line, `#` begins a comment), or `-` for standard input. */
export function targetList(text: string): string[] {
  const targets = targetSource(text)
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
  if (targets.length === 0) {
    throw new UsageError(`no targets in ${text === '-' ? 'standard input' : text}`);
  }
  const wrong = targets.find((target) => parseTarget(target) === undefined);
  if (wrong !== undefined) {
    throw new UsageError(`not a target: ${JSON.stringify(wrong)}; write [user@]host[:port]`);
  }
  return targets;
}

function targetSource(text: string): string {
  if (text === '-') return readFileSync(0, 'utf8');
  const file = fileText(text);
  // No target has a slash: somebody meant a file.
  if (file === undefined && text.includes('/')) throw new UsageError(`no such file: ${text}`);
  return file ?? text.replaceAll(',', '\n');
}

/** The JSON object in a file. */
export function argumentsFile(file: string): Readonly<Record<string, JsonValue>> {
  const text = fileText(file);
  if (text === undefined) throw new UsageError(`cannot read ${file}`);
  const value = jsonOrText(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, JsonValue>>;
  }
  throw new UsageError(`${file} does not hold a JSON object`);
}

function fileText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function jsonOrText(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}
