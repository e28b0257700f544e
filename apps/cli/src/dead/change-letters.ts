import type { Broker } from '#broker';
import type { DeadQueueName } from '#contracts';
import { letterOf, type Delivery, type Letter } from './letter.js';
import { walkLetters } from './walk-letters.js';

/** A letter with what it came in. */
export interface FoundLetter {
  readonly letter: Letter;
  readonly delivery: Delivery;
}

export interface ChangeOptions {
  /** Which letters are meant. */
  readonly isMeant: (letter: Letter) => boolean;
  /** How many letters of each queue are meant at most: a person was told this number. */
  readonly counts: ReadonlyMap<DeadQueueName, number>;
  /** Letters that died later are left alone, in milliseconds since 1970: a replayed letter may die again meanwhile. */
  readonly diedBefore: number;
  /** How many letters of each queue are looked at, from the oldest on. */
  readonly limit: number;
  readonly signal: AbortSignal;
  /** See `walkLetters`. */
  readonly holdMs?: number;
}

/**
 * Does with the letters that are meant what `change` does, page by page, the oldest first, and never with more than were counted. A
 * letter that `change` does not remove stays. Throws what `change` throws, the signal's reason, and as `walkLetters` does.
 */
export async function changeLetters(
  broker: Broker,
  { isMeant, counts, diedBefore, limit, signal, holdMs }: ChangeOptions,
  change: (letters: readonly FoundLetter[], remove: (letter: FoundLetter) => void) => Promise<void>,
): Promise<void> {
  for (const [queue, count] of counts) {
    let left = count;
    const visit = async (
      page: readonly Delivery[],
      remove: (delivery: Delivery) => void,
    ): Promise<boolean> => {
      const meant = page
        .map((delivery) => ({ delivery, letter: letterOf(delivery, queue) }))
        .filter(({ letter }) => isMeant(letter) && (letter.failedAt ?? 0) <= diedBefore)
        .slice(0, left);
      left -= meant.length;
      await change(meant, ({ delivery }) => remove(delivery));
      return left > 0;
    };
    // Letters must not be held for long; when a walk is cut for that, the next one begins with the oldest again.
    for (let again = true; again && left > 0;) {
      const walk = await walkLetters(broker, queue, { limit, signal, holdMs }, visit);
      again = walk?.cut ?? false;
    }
  }
}
