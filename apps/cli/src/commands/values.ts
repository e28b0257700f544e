import { readFileSync } from 'node:fs';
import type { JsonValue } from '#contracts';
import { UsageError } from '../usage-error.js';

/** `250ms`, `30s`, `5m`, `2h`, `1d`, or plain milliseconds. */
export function milliseconds(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text) ?? [];
  if (amount === undefined) {
    throw new UsageError(`not a duration: ${text}; write 250ms, 30s, 5m, 2h or 1d`);
  }
  return Math.round(Number(amount) * UNITS[(unit ?? 'ms') as keyof typeof UNITS]);
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

/** Adds one `name=value`; the value is JSON where it reads as JSON, else text. For commander's repeatable options. */
export function addArgument(
  text: string,
  previous: Readonly<Record<string, JsonValue>> = {},
): Readonly<Record<string, JsonValue>> {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`not name=value: ${text}`);
  return { ...previous, [text.slice(0, at)]: jsonOrText(text.slice(at + 1)) };
}

/** Targets as given: a list `a,b,c`, a file (one target a line, `#` begins a comment), or `-` for standard input. */
export function targetList(text: string): string[] {
  const source =
    text === '-' ? readFileSync(0, 'utf8') : (fileText(text) ?? text.replaceAll(',', '\n'));
  const targets = source
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
  if (targets.length === 0)
    throw new UsageError(`no targets in ${text === '-' ? 'standard input' : text}`);
  return targets;
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
