import { DEAD_QUEUES, type DeadQueueName } from '#contracts';
import { UsageError } from '../usage-error.js';
import type { Letter } from './letter.js';

/** Which letters are meant. What is absent or empty limits nothing; of several values of one kind, any may fit. */
export interface Selection {
  readonly ids: readonly string[];
  /** In the order of the topology. */
  readonly queues: readonly DeadQueueName[];
  readonly codes: readonly string[];
  readonly types: readonly string[];
  /** Died at this time or before, in milliseconds since 1970. */
  readonly until?: number;
  /** Died at this time or later. */
  readonly since?: number;
}

/** Every dead-letter queue, or those that are named: by their own name or by that of the queue they belong to. */
export function deadQueues(names: readonly string[] = []): readonly DeadQueueName[] {
  const unknown = names.find((name) => !DEAD_QUEUES.some((queue) => isNamed(queue, name)));
  if (unknown !== undefined) {
    throw new UsageError(
      `no queue ${JSON.stringify(unknown)} has dead letters; there are: ${DEAD_QUEUES.join(', ')}`,
    );
  }
  if (names.length === 0) return DEAD_QUEUES;
  return DEAD_QUEUES.filter((queue) => names.some((name) => isNamed(queue, name)));
}

/** Whether a letter is among those that are meant. One that does not say when it died fits no limit of time. */
export function isSelected(letter: Letter, selection: Selection): boolean {
  const { ids, queues, codes, types, since, until } = selection;
  return (
    isAmong(ids, letter.id) &&
    queues.includes(letter.queue) &&
    isAmong(codes, letter.code) &&
    isAmong(types, letter.type) &&
    (since === undefined || (letter.failedAt ?? -Infinity) >= since) &&
    (until === undefined || (letter.failedAt ?? Infinity) <= until)
  );
}

function isNamed(queue: DeadQueueName, name: string): boolean {
  return queue === name || queue === `${name}.dead`;
}

function isAmong(wanted: readonly string[], value: string): boolean {
  return wanted.length === 0 || wanted.includes(value);
}
