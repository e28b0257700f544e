import type { ErrorCode, OnEnd, OnGap } from '#contracts';
import type { AttemptEnd } from '../attempt/attempt-end.js';

/** What is done after an attempt. */
export type NextStep =
  | { readonly do: 'stop'; readonly reason: string }
  | { readonly do: 'fail'; readonly code: ErrorCode; readonly reason: string }
  | {
      readonly do: 'reconnect';
      readonly code?: ErrorCode;
      readonly reason?: string;
      /** Without the wait that grows from one short connection to the next. */
      readonly atOnce?: boolean;
      /** Not before this much time has passed. */
      readonly notBeforeMs?: number | undefined;
      /** Give the position up, report it as lost, and ask for what the source has. */
      readonly forgetPosition?: boolean;
    };

/** What the decision depends on beside how the attempt ended. */
export interface StepContext {
  readonly onEnd: OnEnd;
  readonly onGap: OnGap;
  /** The request asked to go on from a position. */
  readonly resumed: boolean;
  /** The attempt before was refused for its credentials too. */
  readonly unauthorizedBefore: boolean;
}

/** What to do after an attempt that nobody aborted. Pure. */
export function nextStep(
  end: Exclude<AttemptEnd, { kind: 'aborted' }>,
  context: StepContext,
): NextStep {
  switch (end.kind) {
    case 'finished':
      return context.onEnd === 'stop'
        ? { do: 'stop', reason: 'the source ended' }
        : { do: 'reconnect' };
    case 'no-content':
      return { do: 'stop', reason: 'the source answered 204: it has nothing more to say' };
    case 'interrupted':
      return { do: 'reconnect', code: end.code, reason: end.reason, notBeforeMs: end.retryAfterMs };
    case 'unauthorized':
      // Secrets are read anew for every attempt: the first refusal may only mean that one changed.
      return {
        do: 'reconnect',
        code: 'authentication-failed',
        reason: end.reason,
        atOnce: !context.unauthorizedBefore,
      };
    case 'position-lost':
      return afterLostPosition(end.reason, context);
    case 'refused':
      return { do: 'fail', code: end.code, reason: end.reason };
  }
}

function afterLostPosition(reason: string, { onGap, resumed }: StepContext): NextStep {
  if (!resumed) return { do: 'fail', code: 'http-status', reason };
  if (onGap === 'fail') return { do: 'fail', code: 'position-too-old', reason };
  return { do: 'reconnect', code: 'position-too-old', reason, forgetPosition: true };
}
