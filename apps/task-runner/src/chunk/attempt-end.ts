import type { OutputTail } from '#contracts';
import type { AttemptFacts } from '../plugins/plugin.js';

/** How one attempt ended, before anything is decided about its target. */
export type AttemptEnd = AttemptResult | AttemptAborted;

/** It came to an end of its own, or its own timeout ended it. */
export type AttemptResult = AttemptSucceeded | AttemptFailed;

interface Ended extends AttemptFacts {
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly output?: OutputTail;
}

export interface AttemptSucceeded extends Ended {
  readonly state: 'succeeded';
}

export interface AttemptFailed extends Ended {
  readonly state: 'failed' | 'timed-out';
  readonly code: string;
  readonly message: string;
  /** Whether another attempt can end differently. */
  readonly retryable: boolean;
}

/** It was ended from outside: a cancel, a drain, a lost lease. */
export interface AttemptAborted extends Ended {
  readonly state: 'aborted';
}
