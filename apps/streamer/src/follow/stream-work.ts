import type {
  ErrorCode,
  IndexBounds,
  LostRange,
  StreamPosition,
  StreamSettings,
  StreamState,
} from '#contracts';
import type { Clock, Supervisor } from '#supervisor';
import type { BatchSink } from '../publish/batch-sink.js';
import type { SecretSource } from '../secrets/secret-source.js';
import type { AllowedHosts } from '#runtime';

/** What is to be followed: a grant, taken apart. */
export interface StreamWork {
  readonly streamId: string;
  readonly epoch: number;
  readonly settings: StreamSettings;
  /** Where an earlier owner stood. */
  readonly position?: StreamPosition | undefined;
  readonly bounds: IndexBounds;
}

/** What a follower works with. */
export interface FollowerParts {
  readonly sink: BatchSink;
  /** Runs what a stream publishes. */
  readonly tasks: Supervisor;
  readonly allowed: AllowedHosts;
  readonly secrets: SecretSource;
  readonly observer: StreamObserver;
  readonly clock?: Clock;
  /** A number in [0, 1) for the jitter of waits (default Math.random). */
  readonly random?: () => number;
}

/** Why a stream is in its state, as far as something is wrong. */
export interface StateCause {
  readonly code?: ErrorCode | undefined;
  readonly reason?: string | undefined;
}

/** Hears what happens to a stream. Called synchronously and in order; must not throw. */
export interface StreamObserver {
  changed(state: StreamState, cause: StateCause): void;
  /** The position that is safe to go on from, or a counter, moved. */
  confirmed(): void;
  /** What lay between the two ends of the range is gone at the source. */
  lost(range: LostRange, reason: string): void;
}

/** How following ended: the source has nothing more to say, cannot be followed, or the signal asked. */
export type FollowEnd =
  | { readonly kind: 'stopped'; readonly reason: string }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly reason: string }
  | { readonly kind: 'interrupted' };
