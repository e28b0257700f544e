import {
  AcquireLease,
  AddTargets,
  CancelTask,
  IndexBlocked,
  IndexChanged,
  IndexUnblocked,
  LeaseExpired,
  LeaseReleased,
  LeaseUnknown,
  PauseTask,
  ResumeLeases,
  ResumeTask,
  RunTask,
  ServiceLost,
  ServiceStarted,
  ServiceStopped,
  StartStream,
  StatusTick,
  StopStream,
  StreamChanged,
  StreamCheckpointed,
  StreamFailed,
  StreamGap,
  StreamStopped,
  TargetsChanged,
  WorkOffered,
  definitionOf,
  type Contract,
} from '#contracts';
import { addTargets } from './executions/add-targets.js';
import { cancelTask } from './executions/cancel-task.js';
import { pauseTask, resumeTask } from './executions/pause-task.js';
import { runTask } from './executions/run-task.js';
import { targetsChanged } from './executions/targets-changed.js';
import { acquireLease } from './leases/acquire-lease.js';
import { resumeLeases } from './leases/resume-leases.js';
import { statusTick } from './leases/status-tick.js';
import { lostOffer, releaseLease, vanishedOwner } from './leases/vacate-lease.js';
import { indexBlockChanged, indexChanged } from './services/index-events.js';
import { serviceGone, serviceStarted } from './services/service-events.js';
import { startStream } from './streams/start-stream.js';
import { stopStream } from './streams/stop-stream.js';
import { streamEnded, streamReported } from './streams/stream-reported.js';
import type { Transition } from './transition.js';

type AnyTransition = Transition<object>;

const TRANSITIONS = new Map<string, AnyTransition>();

on(RunTask, runTask);
on(AddTargets, addTargets);
on(CancelTask, cancelTask);
on(PauseTask, pauseTask);
on(ResumeTask, resumeTask);
on(StartStream, startStream);
on(StopStream, stopStream);
on(WorkOffered, lostOffer);
on(AcquireLease, acquireLease);
on(ResumeLeases, resumeLeases);
on(LeaseReleased, releaseLease);
on(LeaseUnknown, vanishedOwner);
on(LeaseExpired, vanishedOwner);
on(StatusTick, statusTick);
on(TargetsChanged, targetsChanged);
on(StreamChanged, streamReported);
on(StreamCheckpointed, streamReported);
on(StreamGap, streamReported);
on(StreamStopped, streamEnded);
on(StreamFailed, streamEnded);
on(IndexChanged, indexChanged);
on(IndexBlocked, indexBlockChanged);
on(IndexUnblocked, indexBlockChanged);
on(ServiceStarted, serviceStarted);
on(ServiceStopped, serviceGone);
on(ServiceLost, serviceGone);

/** Whether the record takes messages of this type. */
export function isRecorded(type: string): boolean {
  return TRANSITIONS.has(type);
}

/** What a type of message does to the record. Throws for a type that the record does not take. */
export function transitionOf(type: string): AnyTransition {
  const transition = TRANSITIONS.get(type);
  if (!transition) throw new RangeError(`status.record does not take ${type}`);
  return transition;
}

function on<T extends object>(contract: Contract<T>, transition: Transition<T>): void {
  // The transport checked each body against the contract of its type, so a transition meets its own bodies only.
  TRANSITIONS.set(definitionOf(contract).type, transition as AnyTransition);
}
