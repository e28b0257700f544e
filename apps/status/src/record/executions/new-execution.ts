import { bodyHash, type Policy } from '#contracts';
import type { Refusal } from '../commands/answer.js';
import { requestedBy, type RecordMessage } from '../message.js';
import type { Execution } from './execution.js';

/** The execution that a `task.run` asks for, before anything of it has begun; over already when it is refused. */
export function newExecution(
  message: RecordMessage,
  {
    id,
    policy,
    total,
    refusal,
  }: {
    readonly id: string;
    readonly policy: Policy;
    /** How many targets it has. */
    readonly total: number;
    readonly refusal: Refusal | undefined;
  },
  nowMs: number,
): Execution {
  return {
    id,
    bodyHash: bodyHash(message.body),
    policy,
    requestedBy: requestedBy(message),
    total,
    recordedAtMs: nowMs,
    outcome: refusal ? 'rejected' : null,
    paused: false,
    batch: 1,
    begunChunks: 0,
    begunTargets: 0,
    mark: null,
    restMark: null,
    code: refusal?.code ?? null,
    reason: refusal?.reason ?? null,
    counts: { succeeded: 0, failed: 0, 'timed-out': 0, cancelled: 0, lost: 0, skipped: 0 },
    startedAtMs: null,
    finishedAtMs: refusal ? nowMs : null,
  };
}
