import type { DeadQueueName } from '#contracts';
import type { Letter } from './letter.js';

/** Letters that died in one queue, of one cause, of one type. */
export interface LetterGroup {
  readonly queue: DeadQueueName;
  readonly code: string;
  readonly type: string;
  count: number;
  /** When the first of them died, in milliseconds since 1970. */
  oldestFailedAt?: number;
  /** When the last of them died. */
  newestFailedAt?: number;
  /** The letter that died last, as an example. */
  exampleId: string;
  exampleReason: string;
}

/** Counts letters by queue, code and type. */
export class Summary {
  private readonly byKey = new Map<string, LetterGroup>();

  add({ queue, code, type, id, reason, failedAt }: Letter): void {
    const key = JSON.stringify([queue, code, type]);
    const group = this.byKey.get(key) ?? {
      queue,
      code,
      type,
      count: 0,
      exampleId: id,
      exampleReason: reason,
    };
    this.byKey.set(key, group);
    group.count += 1;
    if (failedAt === undefined) return;
    group.oldestFailedAt = Math.min(group.oldestFailedAt ?? Infinity, failedAt);
    if (failedAt < (group.newestFailedAt ?? -Infinity)) return;
    Object.assign(group, { newestFailedAt: failedAt, exampleId: id, exampleReason: reason });
  }

  /** The largest group of each queue first. */
  get groups(): readonly LetterGroup[] {
    return [...this.byKey.values()].sort(
      (a, b) => a.queue.localeCompare(b.queue) || b.count - a.count,
    );
  }

  /** How many letters there are in all. */
  get count(): number {
    return this.groups.reduce((sum, group) => sum + group.count, 0);
  }
}
