import { checkMessage, definitionOf, type Contract } from '#contracts';
import { apply, needsOf } from '../src/record/apply.js';
import type { Announcement, EndedTargets, Reply } from '../src/record/effects.js';
import type { Chunk } from '../src/record/executions/chunk.js';
import { countsOf, deadlineOf, type Execution } from '../src/record/executions/execution.js';
import type { RecordMessage } from '../src/record/message.js';
import type { ApplyContext } from '../src/record/transition.js';
import type { Stream } from '../src/record/streams/stream.js';
import { WorkingSet } from '../src/record/working-set.js';

/** What a batch owed to the outside. */
export interface Told {
  readonly replies: readonly Reply[];
  readonly announcements: readonly Announcement[];
  readonly ended: readonly EndedTargets[];
  readonly superseded: number;
  readonly due: boolean;
}

type Envelope = Partial<Omit<RecordMessage, 'type' | 'body'>>;

/**
 * The whole record as plain objects: what storage does between two batches, done in memory. Messages are checked against their
 * contracts as the transport would.
 */
export class RecordInMemory {
  readonly set = new WorkingSet();
  readonly offers: { readonly key: string; readonly epoch: number }[] = [];
  nowMs = 1_764_000_000_000;
  private readonly offeredAtMs = new Map<string, number>();
  private messages = 0;

  constructor(private readonly context: Partial<ApplyContext> = {}) {}

  /** Applies one batch. */
  apply(...messages: readonly RecordMessage[]): Told {
    const { tickAtMs } = needsOf(messages);
    if (tickAtMs !== undefined) this.findOverdue(tickAtMs);
    apply(this.set, messages, { requireUser: false, nowMs: this.nowMs, ...this.context });
    this.set.changes.newLeases.clear();
    return this.told();
  }

  /** A message as it arrives; a reply is asked for. */
  message<T extends object>(
    contract: Contract<T>,
    body: object,
    envelope: Envelope = {},
  ): RecordMessage<T> {
    this.messages += 1;
    return {
      type: definitionOf(contract).type,
      messageId: `message-${this.messages}`,
      replyTo: 'asker',
      redelivered: false,
      ...envelope,
      body: checkMessage(contract, body),
    };
  }

  /** Applies one message alone. */
  tell<T extends object>(contract: Contract<T>, body: object, envelope: Envelope = {}): Told {
    return this.apply(this.message(contract, body, envelope));
  }

  /** Offers what is due, as the dispatcher does. */
  dispatch(): { readonly key: string; readonly epoch: number }[] {
    const due = [...this.set.leases.values()].filter((lease) => lease.due);
    for (const lease of due) {
      lease.due = false;
      this.offeredAtMs.set(lease.key, this.nowMs);
      this.offers.push({ key: lease.key, epoch: lease.epoch });
    }
    return due.map(({ key, epoch }) => ({ key, epoch }));
  }

  lease(key: string): Chunk | Stream {
    const lease = this.set.leases.get(key);
    if (!lease) throw new Error(`the record has no ${key}`);
    return lease;
  }

  execution(id: string): Execution {
    const execution = this.set.executions.get(id);
    if (!execution) throw new Error(`the record has no execution ${id}`);
    return execution;
  }

  counts(id: string) {
    const attempted = this.set.openChunksOf(id).reduce((sum, chunk) => sum + chunk.attempted, 0);
    return countsOf(this.execution(id), attempted);
  }

  private findOverdue(atMs: number): void {
    const { overdue, executions, leases } = this.set;
    overdue.executions = [...executions.values()].filter(
      (execution) => (deadlineOf(execution) ?? Infinity) <= atMs,
    );
    overdue.offers = [...leases.values()].filter(
      ({ key }) => (this.offeredAtMs.get(key) ?? Infinity) <= atMs - 600_000,
    );
  }

  private told(): Told {
    const { effects } = this.set;
    const told = {
      replies: effects.replies.splice(0),
      announcements: effects.announcements.splice(0),
      ended: effects.endedTargets.splice(0),
      superseded: effects.superseded,
      due: effects.due,
    };
    effects.progressed.clear();
    effects.superseded = 0;
    effects.due = false;
    return told;
  }
}
