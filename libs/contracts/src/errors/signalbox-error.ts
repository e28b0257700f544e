import type { ErrorCode } from './error-codes.js';

/** What every error of the tree takes beside code and message. */
export interface ErrorDetails {
  /** The error it came from; kept, never flattened into the message. */
  readonly cause?: unknown;
  /** Whether trying the same again later can succeed. Each child states its default. */
  readonly retryable?: boolean;
}

/**
 * The root of all errors that Signalbox raises on purpose: a stable code for programs, a message that says what happened,
 * where and what to do for people, and whether trying again can help. Classify foreign errors once, at the boundary.
 */
export class SignalboxError extends Error {
  /** Stable; see ERROR_CODES. */
  readonly code: ErrorCode;
  /** Whether trying the same again later can succeed. False unless said otherwise. */
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.retryable = details.retryable ?? false;
  }
}

/** A plugin said, or showed, that it failed on a target. Not retryable unless the plugin says so. */
export class PluginFailedError extends SignalboxError {}

/** A deadline passed. Retryable by default. */
export class TimedOutError extends SignalboxError {
  constructor(
    message: string,
    details: ErrorDetails & { readonly code?: 'timed-out' | 'execution-timeout' } = {},
  ) {
    super(details.code ?? 'timed-out', message, { retryable: true, ...details });
  }
}

/** Somebody asked for it to stop; also the usual reason of an aborted signal. Never retried. */
export class CancelledError extends SignalboxError {
  constructor(message: string, details: Pick<ErrorDetails, 'cause'> = {}) {
    super('cancelled', message, details);
  }
}

/** The process no longer owns the work: stop, and say nothing about it. Never retried by this owner. */
export class LeaseLostError extends SignalboxError {
  constructor(message: string, details: Pick<ErrorDetails, 'cause'> = {}) {
    super('lease-lost', message, details);
  }
}

/** The service shuts down; the work goes on elsewhere. */
export class InterruptedError extends SignalboxError {
  constructor(message: string, details: Pick<ErrorDetails, 'cause'> = {}) {
    super('interrupted', message, { retryable: true, ...details });
  }
}

/** The broker, the database or the search store is down. Always retryable: wait until it is back, count no attempt. */
export class DependencyUnavailableError extends SignalboxError {
  constructor(message: string, details: Pick<ErrorDetails, 'cause'> = {}) {
    super('dependency-unavailable', message, { retryable: true, ...details });
  }
}
