import { SignalboxError } from './signalbox-error.js';

/** Why a message could not be read. */
export type InvalidMessageCode =
  'not-json' | 'contract-violated' | 'unknown-type' | 'type-mismatch' | 'too-large' | 'too-deep';

/** One problem of a body. */
export interface Violation {
  /** Where, e.g. `policy.timeoutMs` or `changes[3].state`; empty for the body as a whole. */
  readonly path: string;
  /** What is wrong, e.g. `must be an integer of at least 1, got -5`. */
  readonly problem: string;
}

/** A message that no retry will make readable: its type is unknown, its body broken, or its contract violated. */
export class InvalidMessageError extends SignalboxError {
  declare readonly code: InvalidMessageCode;
  /** Every problem found (at most 20), in the order of the contract. Empty unless the code is `contract-violated`. */
  readonly violations: readonly Violation[];

  constructor(
    code: InvalidMessageCode,
    message: string,
    details: { readonly cause?: unknown; readonly violations?: readonly Violation[] } = {},
  ) {
    super(code, message, { cause: details.cause });
    this.violations = details.violations ?? [];
  }
}
