import type { OutputChannel, Termination } from '#contracts';
import type { Body, Task } from '#supervisor';
import type { Target } from '../targets/target.js';

/** What to do on a target: the unit that users extend. `A` is the class of its arguments. */
export interface Plugin<A extends object = object> {
  /** As commands name it: `[a-z0-9-]{1,64}`, unique. */
  readonly name: string;
  /** One line for people. */
  readonly description: string;
  /** Data only, with class-validator decorators: commands are checked against it, unknown fields refused. */
  readonly arguments: new () => A;
  /** Whether running it twice does no harm: the default for targets whose owner vanished (`onLost`). */
  readonly idempotent: boolean;
  /** For an attempt on one target, where the command says nothing. */
  readonly timeoutMs: number;
  /**
   * Makes one attempt on one target. Called many times at once.
   *
   * It must end soon after `context.signal` is aborted, with nothing left of what it began, and may
   * then return `aborted` or throw whatever it likes. A result is believed even after an abort: what
   * was done is done. Throwing means `failed`; a SignalboxError says with which code, and whether
   * another attempt can help.
   */
  run(target: Target, args: A, context: PluginContext): Promise<PluginResult>;
}

/** What an attempt may use. */
export interface PluginContext {
  readonly executionId: string;
  /** From 1. */
  readonly attempt: number;
  /** Aborted when the attempt has to end: cancelled, out of time, or no longer ours. */
  readonly signal: AbortSignal;
  /**
   * Takes output of the attempt. Resolves when more may come: wait for it, so that a slow reader
   * slows the source. Never rejects; after the abort it resolves at once. The bytes may be reused then.
   */
  readonly output: (chunk: Uint8Array | string, channel?: OutputChannel) => Promise<void>;
  /**
   * Starts a part of the attempt that ends by itself or by the attempt's abort, such as a process,
   * under a name that says what it is. The attempt is not over before it is; what it throws fails the
   * attempt. Rejects, and starts nothing, once the attempt was aborted.
   */
  readonly spawn: <T>(name: string, body: Body<T>) => Promise<Task<T>>;
  readonly log: PluginLog;
}

/** Structured log lines; they carry execution, target and attempt already. */
export interface PluginLog {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** How an attempt ended, as its plugin sees it. */
export type PluginResult = PluginSucceeded | PluginFailed | PluginAborted;

export interface PluginSucceeded extends AttemptFacts {
  readonly state: 'succeeded';
}

export interface PluginFailed extends AttemptFacts {
  readonly state: 'failed';
  /** A stable code of ERROR_CODES, or one of the plugin's own in the same spelling. */
  readonly code: string;
  /** For people: what happened and what to do. */
  readonly message: string;
  /** Whether another attempt, where the command allows one, can end differently. True unless given. */
  readonly retryable?: boolean;
}

/** It ended because its signal asked for it; the signal's reason says what the outcome is. */
export interface PluginAborted extends AttemptFacts {
  readonly state: 'aborted';
}

/** What the record keeps of an attempt beside its outcome. */
export interface AttemptFacts {
  readonly exitCode?: number;
  readonly httpStatus?: number;
  /** Whether the processes of the attempt are gone: seen, assumed, or not known. */
  readonly termination?: Termination;
}
