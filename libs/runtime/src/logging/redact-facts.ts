import { types } from 'node:util';
import { MASK } from './mask.js';

/** Names of fields that hold secrets: `password`, `accessToken`, `client_secret`, `Authorization`, `cookie`… */
const SECRET_NAME =
  /(password|passwd|passphrase|secret|token|authorization|cookie|credentials?|api[-_]?key|private[-_]?key)s?$/i;

/** Deeper than anyone reads; also the end of a circle. */
const DEEPEST = 8;

/** A copy of the facts of a log line in which fields named like secrets hold `***`; errors become plain objects. */
export function redactFacts(facts: object): Record<string, unknown> {
  return redactObject(facts, 0);
}

function redactObject(object: object, depth: number): Record<string, unknown> {
  const entries = Object.entries(object).map(([name, value]): [string, unknown] => [
    name,
    isSecret(name, value) ? MASK : redactValue(value, depth + 1),
  ]);
  return Object.fromEntries(entries);
}

function isSecret(name: string, value: unknown): boolean {
  return value !== undefined && value !== null && SECRET_NAME.test(name);
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEEPEST) return '…';
  if (value instanceof Uint8Array) return `(${value.byteLength} bytes)`;
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1));
  if (value instanceof Set) return [...value].map((item) => redactValue(item, depth + 1));
  if (value instanceof Map) return redactObject(Object.fromEntries(value), depth);
  if (types.isNativeError(value)) return redactObject(errorFacts(value), depth);
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    return redactValue(value.toJSON() as unknown, depth + 1);
  }
  return redactObject(value, depth);
}

// What matters about an error is not enumerable.
function errorFacts(error: Error & { readonly errors?: unknown }): object {
  const { name, message, stack, cause, errors } = error;
  return Object.assign(
    { type: name, message, stack },
    error,
    cause === undefined ? {} : { cause },
    errors === undefined ? {} : { errors },
  );
}
