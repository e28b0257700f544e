/** A source that asks for more patience gets this much: nobody would notice that it is back. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/**
 * How long the `Retry-After` header asks to wait, in ms (RFC 9110, 10.2.3: seconds or a date), at
 * most an hour. Nothing when there is no such header or it cannot be read.
 */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS);
}
