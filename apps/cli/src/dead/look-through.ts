import type { Broker } from '#broker';
import type { DeadQueueName } from '#contracts';
import { counted } from '../output/counts.js';
import { letterOf, type Delivery, type Letter } from './letter.js';
import { isSelected, type Selection } from './selection.js';
import { walkLetters } from './walk-letters.js';

/** How far a queue was looked at. */
export interface Coverage {
  readonly queue: DeadQueueName;
  /** How many letters lie in it that nobody holds. */
  readonly waiting: number;
  readonly looked: number;
}

export interface LookOptions {
  /** How many letters of each queue are looked at, from the oldest on. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

/**
 * Shows every letter that is selected; nothing is changed. Queues that do not exist (their service has never started) are empty.
 * Throws the signal's reason, and as `walkLetters` does.
 */
export async function lookThrough(
  broker: Broker,
  selection: Selection,
  { limit, signal }: LookOptions,
  see: (letter: Letter, delivery: Delivery) => void,
): Promise<readonly Coverage[]> {
  const coverage: Coverage[] = [];
  for (const queue of selection.queues) {
    const walk = await walkLetters(broker, queue, { limit, signal }, (page) => {
      for (const delivery of page) {
        const letter = letterOf(delivery, queue);
        if (isSelected(letter, selection)) see(letter, delivery);
      }
      return true;
    });
    if (walk !== undefined) coverage.push({ queue, waiting: walk.waiting, looked: walk.looked });
  }
  return coverage;
}

/** A line for each queue that was not looked at to its end. */
export function coverageNotes(coverage: readonly Coverage[], limit: number): string[] {
  return coverage
    .filter(({ waiting, looked }) => looked < waiting)
    .map(({ queue, waiting, looked }) =>
      looked >= limit
        ? `looked at the oldest ${looked} of ${counted(waiting, 'letter')} in ${queue}; --look N looks further`
        : `${waiting - looked} of ${counted(waiting, 'letter')} in ${queue} could not be seen: somebody else looks at them; try again`,
    );
}
