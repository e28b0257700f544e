import type { Contract } from '#contracts';
import type { Execution } from './executions/execution.js';
import type { Ending } from './leases/mark.js';
import type { RecordMessage } from './message.js';

/** An answer to whoever asked. Returned by the broker, it is forgotten: nobody waits for it any more. */
export interface Reply {
  readonly address: string;
  readonly correlationId?: string;
  /** The span that the question was handled in (W3C). */
  readonly traceparent?: string;
  readonly contract: Contract;
  readonly body: object;
}

/** A fact to tell watchers. */
export interface Announcement {
  /** The trace of what it is about: that of its command, whatever message it follows from. */
  readonly traceparent: string | null;
  readonly contract: Contract;
  readonly body: object;
}

/** Targets that status itself ended: from one ordinal to another, those without an outcome of their own. */
export interface EndedTargets {
  readonly executionId: string;
  /** As of an `Announcement`. */
  readonly traceparent: string | null;
  readonly key: string;
  readonly epoch: number;
  readonly first: number;
  readonly last: number;
  readonly ending: Ending;
}

/** What is owed to the outside once a batch is committed, before it is acknowledged. */
export class Effects {
  readonly replies: Reply[] = [];
  readonly announcements: Announcement[] = [];
  readonly endedTargets: EndedTargets[] = [];
  /** Executions to tell watchers about, each at most four times a second. */
  readonly progressed = new Set<Execution>();
  /** There is work to offer. */
  due = false;
  /** What former owners said: counted, and without effect. */
  superseded = 0;

  reply<T extends object>(
    to: Pick<RecordMessage, 'replyTo' | 'correlationId' | 'traceparent'>,
    contract: Contract<T>,
    body: T,
  ): void {
    const { replyTo: address, correlationId, traceparent } = to;
    if (address === undefined) return;
    this.replies.push({ address, correlationId, traceparent, contract, body });
  }

  announce<T extends object>(
    { traceparent }: Pick<Announcement, 'traceparent'>,
    contract: Contract<T>,
    body: T,
  ): void {
    this.announcements.push({ traceparent, contract, body });
  }
}
