import type { ModelAdmission } from './model-admission.js';

/** What a body does when it is aborted. */
export type Reaction = 'obeys' | 'returns' | 'ignores';

/** One spawn, as both the model and the supervisor are told. */
export interface Plan {
  /** Which task is to be its parent: one of those spawned before, if that has started. */
  readonly parent: number | undefined;
  /** Whether the spawn waits for room. A child's always does. */
  readonly waits: boolean;
  readonly group: string | undefined;
  readonly reaction: Reaction;
  readonly key: string | undefined;
  readonly followsSignal: boolean;
  readonly queueMs: number | undefined;
  readonly runMs: number | undefined;
  /** For its own children. */
  readonly childLimit: number;
  readonly onFailure: 'fail-fast' | 'collect';
  /** What the supervisor's hook does when it hears the outcome. */
  readonly hook: 'nothing' | 'spawns' | 'tries' | 'closes';
}

/** What a hook spawns, or tries to: the least that can be. */
export const HOOK_PLAN: Plan = {
  parent: undefined,
  waits: true,
  group: undefined,
  reaction: 'obeys',
  key: undefined,
  followsSignal: false,
  queueMs: undefined,
  runMs: undefined,
  childLimit: 1,
  onFailure: 'fail-fast',
  hook: 'nothing',
};

export type ModelState =
  'waiting' | 'pending' | 'running' | 'closing' | 'stuck' | 'settled' | 'refused';

/** Why a task was aborted; `failed`: something beside it, or in it, failed. */
export type ModelCause = 'cancel' | 'queue' | 'run' | 'scope' | 'failed';

/** How a body settled. */
export type End = 'value' | 'error';

export interface ModelOutcome {
  readonly status: 'succeeded' | 'failed' | 'timed-out' | 'cancelled';
  readonly stuck: boolean;
  readonly raced: boolean;
}

export interface ModelTimer {
  readonly atMs: number;
  readonly sequence: number;
  readonly fire: () => void;
}

export class ModelTask {
  state: ModelState = 'waiting';
  cause: ModelCause | undefined;
  /** Why it was aborted, told apart from every other abort: a child may share its parent's. */
  reason: unknown;
  timer: ModelTimer | undefined;
  slot: 'none' | 'held' | 'replaced' = 'none';
  starts = 0;
  end: End | undefined;
  /**
   * Those who follow the signal hear of it in the order in which they began to wait, or entered.
   */
  linked = 0;
  outcome: ModelOutcome | undefined;
  /** Whether its parent knows the outcome: the hook hears of it first. */
  isKnown = false;
  /** The task that an idempotent spawn found instead. */
  duplicateOf: ModelTask | undefined;
  /** Those that wait for room included. */
  children: ModelTask[] = [];
  failures = 0;
  cutOff = false;
  childAdmission: ModelAdmission | undefined;

  constructor(
    readonly plan: Plan,
    readonly parent: ModelTask | undefined,
    readonly admission: ModelAdmission,
    readonly spawnedAtMs: number,
  ) {}

  get childrenDecided(): boolean {
    return this.children.every(({ isKnown }) => isKnown);
  }

  get childrenSettled(): boolean {
    return this.children.every(({ state }) => state === 'settled');
  }

  /** How all of it ended: a failed child is a failure, and one that was cut off is no success. */
  get endOfAll(): End | undefined {
    if (this.failures > 0) return 'error';
    if (this.end === 'value' && this.cutOff) return 'error';
    return this.end;
  }
}

/** The table of outcomes. */
export function modelOutcome(task: ModelTask, stuck: boolean): ModelOutcome {
  const { endOfAll: end } = task;
  const isCutOff = task.cutOff && task.failures === 0 && task.end === 'value';
  const cause = task.cause ?? (isCutOff ? 'cancel' : undefined);
  return { status: statusOf(cause, end), stuck, raced: end === 'value' && cause !== undefined };
}

function statusOf(cause: ModelCause | undefined, end: End | undefined): ModelOutcome['status'] {
  if (cause === 'queue' || cause === 'run' || cause === 'scope') return 'timed-out';
  if (end === 'value') return 'succeeded';
  return cause === undefined || cause === 'failed' ? 'failed' : 'cancelled';
}
