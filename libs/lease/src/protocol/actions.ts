import type { Marks } from '../marks.js';
import type { LeaseRef } from './worker-state.js';

/** What a process does next about its leases. Whoever runs the protocol carries them out in order. */
export type Action =
  /** Publish `lease.acquire`, and again every 5 s, until `stop-asking` or the end of the instance (W1). */
  | { readonly do: 'ask'; readonly key: string; readonly requestId: string }
  /** A question is answered, or nobody waits for the answer any more: ask it no further. */
  | { readonly do: 'stop-asking'; readonly requestId: string }
  /** The offer of this ticket is settled: another owns the work, or nobody can (W2). */
  | { readonly do: 'decline'; readonly ticket: string; readonly answer: 'held' | 'closed' }
  /** The lease is this process's: what is said about it is heard from now on. */
  | ({ readonly do: 'hold'; readonly ticket: string } & LeaseRef)
  /** Its run begins; with that the offer of this ticket is settled. */
  | ({ readonly do: 'begin'; readonly ticket: string } & LeaseRef)
  /** Publish `lease.resume`, and again every 5 s, until `stop-asking` or the end of the instance (W7). */
  | ({ readonly do: 'resume' } & ResumeQuestion)
  /** Publish `service.started`, until the record takes it. */
  | { readonly do: 'announce' }
  /** In doubt: start nothing, read no further (W7). */
  | ({ readonly do: 'suspend' } & LeaseRef)
  /** In doubt no more: go on (W7). */
  | ({ readonly do: 'continue' } & LeaseRef)
  /** Somebody else's now, or soon: end the run, publish nothing more about it. One that has not begun is forgotten. */
  | ({ readonly do: 'lose'; readonly reason: string; readonly hasBegun: boolean } & LeaseRef)
  /** Obey what the record wants (W6). */
  | ({ readonly do: 'obey'; readonly marks: Marks } & LeaseRef)
  /** Publish what was said under this number; for the second time, as it was (W5, W7). */
  | ({ readonly do: 'publish'; readonly said: number } & LeaseRef)
  /** Publish `lease.unknown` (W6). */
  | ({ readonly do: 'disown' } & LeaseRef);

/** A `lease.resume`, as far as the protocol decides it. */
export interface ResumeQuestion {
  readonly requestId: string;
  readonly from: readonly string[];
  readonly leases: readonly LeaseRef[];
}
