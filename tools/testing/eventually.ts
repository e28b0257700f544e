import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 25;

/**
 * Resolves with the first answer of `probe` that is neither undefined nor false; a probe that
 * throws has no answer yet. Throws after `timeoutMs`, with what the probe last threw as its cause.
 */
export async function eventually<T>(
  what: string,
  probe: () => T | Promise<T>,
  timeoutMs = 10_000,
): Promise<Exclude<Awaited<T>, undefined | false>> {
  const deadline = Date.now() + timeoutMs;
  let cause: unknown;
  while (Date.now() < deadline) {
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== false) {
        return answer as Exclude<Awaited<T>, undefined | false>;
      }
    } catch (error) {
      cause = error;
    }
    await sleep(LOOK_EVERY_MS);
  }
  throw new Error(`Not within ${timeoutMs / 1_000} s: ${what}.`, { cause });
}
