export type { Action, ResumeQuestion } from './actions.js';
export { answered, givenUp, offered, runEnded, type Answer } from './asking.js';
export { cancelHeard, heard, pinged } from './hearing.js';
export {
  instanceBegan,
  instanceKnown,
  instanceLost,
  leasesResumed,
  type Beginning,
  type Resumed,
} from './instance.js';
export { graceOver, inDoubtSince, loseAll } from './losing.js';
export { confirmed, say } from './saying.js';
export {
  newWorkerState,
  type Ask,
  type HeldLease,
  type Instance,
  type LeaseRef,
  type Standing,
  type WorkerState,
} from './worker-state.js';
export type { Marks } from '../marks.js';
