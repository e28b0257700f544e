import type { Contract } from '#contracts';
import type { Execution } from './executions/execution.js';
import type { Ending } from './leases/mark.js';

/** An answer to whoever asked. Returned by the broker, it is forgotten: nobody waits for it any more. */
export interface Reply {
  readonly address: string;
  readonly correlationId?: string;
  readonly contract: Contract;
  readonly body: object;
}

/** A fact to tell watchers. */
export interface Announcement {
  readonly contract: Contract;
  readonly body: object;
}

/** Targets that status itself ended: from one ordinal to another, those without an outcome of their own. */
export interface EndedTargets {
  readonly executionId: string;
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
    to: { readonly replyTo?: string; readonly correlationId?: string },
    contract: Contract<T>,
    body: T,
  ): void {
    const { replyTo: address, correlationId } = to;
    if (address !== undefined) this.replies.push({ address, correlationId, contract, body });
  }

  announce<T extends object>(contract: Contract<T>, body: T): void {
    this.announcements.push({ contract, body });
  }
}
