import type { ErrorCode } from '#contracts';

/**
 * How one connection to a source ended.
 *
 * - `finished`: the body ended cleanly. `no-content`: status 204, which asks not to come back.
 * - `interrupted`: it broke, fell silent, or the source is busy; another try may go better.
 * - `unauthorized`: status 401 or 403.
 * - `position-lost`: the source no longer has what follows the position.
 * - `refused`: another try would end the same way.
 * - `aborted`: the attempt's signal ended it.
 */
export type AttemptEnd =
  | { readonly kind: 'finished' | 'no-content' }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'unauthorized' | 'position-lost'; readonly reason: string }
  | {
      readonly kind: 'interrupted';
      readonly code: ErrorCode;
      readonly reason: string;
      /** The source asked not to be asked again before. */
      readonly retryAfterMs?: number | undefined;
    }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly reason: string };
