import { createHash } from 'node:crypto';

/**
 * The JSON of a value with the keys of every object in code unit order and absent (`undefined`) fields left out: equal for
 * equal content, whatever the order of keys. Takes what `parseMessage` and `checkMessage` return, and any JSON value.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => sorted(inner));
}

/** SHA-256 of the canonical JSON, hex: two bodies that were parsed are "the same" when this is equal. */
export function bodyHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  // Entries, not assignment: a key `__proto__` must stay a key.
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}
