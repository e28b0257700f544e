import {
  ManualClock,
  type Outcome,
  Supervisor,
  type SupervisorOptions,
  type Task,
} from '../src/index.js';

/** A supervisor on a clock that stands still, and all that its hooks heard. */
export function setUp(options: Partial<SupervisorOptions> = {}): {
  clock: ManualClock;
  supervisor: Supervisor;
  outcomes: Outcome[];
  lateErrors: unknown[];
} {
  const clock = new ManualClock();
  const outcomes: Outcome[] = [];
  const lateErrors: unknown[] = [];
  const supervisor = new Supervisor({
    name: 'fleet',
    limit: 1,
    closeTimeoutMs: 100,
    clock,
    onOutcome: (outcome) => outcomes.push(outcome),
    onLateError: (error) => lateErrors.push(error),
    ...options,
  });
  return { clock, supervisor, outcomes, lateErrors };
}

/** The task of a `trySpawn` that was not refused. */
export function taken<T>(spawned: Task<T> | string): Task<T> {
  if (typeof spawned === 'string') throw new Error(`refused: ${spawned}`);
  return spawned;
}
