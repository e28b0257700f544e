import type { LeaseMark } from '#contracts';
import type { Marks } from '#lease/protocol';
import { Broken } from '../engine/model.ts';
import { isOut, type Scenario } from './scenario.ts';
import type { Grant, History, Known, Message, Run, RunTarget, Worker } from './parts.ts';

/** What a run needs of the process that it goes on in. */
export interface Teller {
  readonly scenario: Scenario;
  readonly worker: Worker;
  readonly history: History;
  /** Nothing begins in a process that drains. */
  readonly mayStart: boolean;
  say(run: Run, messageOf: (seq: number) => Message): number | null;
}

/** W4: what is known to have ended is done, what started follows `onLost`, the rest runs. */
export function begin(
  teller: Teller,
  { key, epoch, marks, known, asked }: Grant,
  isSuspended: boolean,
): void {
  const run: Run = {
    key,
    epoch,
    kind: key.startsWith('chunk/') ? 'chunk' : 'stream',
    asked,
    marks,
    isSuspended,
    isLost: false,
    isReleased: false,
    ending: null,
    targets: (known ?? []).map(targetOf),
    said: [],
    sayings: 0,
  };
  teller.worker.runs.push(run);
  if (teller.mayStart) {
    for (const { target, started, outcome } of known ?? []) {
      if (started && outcome === undefined && teller.scenario.onLost === 'fail') {
        end(teller, run, targetNamed(run, target), 'lost');
      }
    }
  }
  obey(teller, run, marks);
}

/** W6. */
export function obey(teller: Teller, run: Run, marks: Marks): void {
  run.marks = marks;
  if (run.kind === 'stream') {
    if (run.ending === null && !run.isReleased) {
      if (marks.cancelled) run.ending = 'stopped';
      else if (marks.revoked) run.ending = 'released';
    }
  } else if (marks.cancelled) {
    for (const target of run.targets) endMarked(teller, run, target, marks.cancelled);
  }
  goOn(teller, run);
}

function endMarked(
  teller: Teller,
  run: Run,
  target: RunTarget,
  { outcome, finishRunning }: LeaseMark,
): void {
  if (target.state === 'waiting') {
    const ran =
      finishRunning && target.attempt > 0 && !isOut(teller.scenario, 'attempts-at-the-worker');
    end(teller, run, target, ran ? 'lost' : outcome);
  } else if (!finishRunning && target.state === 'starting') {
    end(teller, run, target, outcome);
  } else if (!finishRunning && target.state === 'running') {
    target.state = 'stopping';
    target.outcome = outcome;
  }
}

/** Starts what may start (W5), and gives back what is left once a drain has nothing running any more (W9). */
export function goOn(teller: Teller, run: Run): void {
  if (run.isLost || run.isReleased || run.isSuspended) return;
  startConfirmed(teller, run);
  const { concurrency = 2 } = teller.scenario;
  for (const target of run.targets) {
    const active = run.targets.filter(({ state }) => isActive(state)).length;
    const mayStart =
      teller.mayStart && !run.marks.cancelled && !run.marks.paused && active < concurrency;
    if (!mayStart || target.state !== 'waiting') continue;
    target.state = 'starting';
    target.attempt += 1;
    target.isBegunHere = true;
    target.started = teller.say(run, (seq) => change(run, seq, target, 'started'));
  }
  if (!teller.mayStart) release(teller, run);
}

/** The confirm of its `started` is what a plugin waits for. */
function startConfirmed({ history, scenario }: Teller, run: Run): void {
  for (const target of run.targets) {
    const isConfirmed = !run.said.some(({ said }) => said === target.started);
    if (target.state !== 'starting' || !isConfirmed) continue;
    target.state = 'running';
    target.started = null;
    const { target: name } = target;
    const count = (history.starts.find(([one]) => one === name)?.[1] ?? 0) + 1;
    history.starts = [
      ...history.starts.filter(([one]) => one !== name),
      [name, count] as [string, number],
    ].sort(byName);
    history.ran = [...new Set([...history.ran, name])].sort();
    if (history.confirmed.some(([one]) => one === name)) {
      throw new Broken('I3', `${name} is started again, though its outcome was confirmed`);
    }
    if (history.cancelled.includes(run.key)) {
      throw new Broken('I6', `${name} is started after a cancel that came while nobody owned it`);
    }
    if (scenario.startsOnce && count > 1) {
      throw new Broken(scenario.startsOnce, `${name} is started a second time`);
    }
  }
}

/** The plugin on a target has ended by itself. */
export function pluginEnded(teller: Teller, run: Run, target: RunTarget): void {
  end(teller, run, target, teller.scenario.plugin.startsWith('fails') ? 'failed' : 'succeeded');
  goOn(teller, run);
}

/** The plugin on a target has ended because it was told to. */
export function pluginStopped(teller: Teller, run: Run, target: RunTarget): void {
  if (run.isLost) target.state = 'ended';
  else if (target.outcome !== null) end(teller, run, target, target.outcome);
  else target.state = 'waiting';
  goOn(teller, run);
}

/** W9: the grace of a drain is over; what runs is ended, to be started again elsewhere. */
export function interrupt(run: Run): void {
  for (const target of run.targets) if (target.state === 'running') target.state = 'stopping';
}

/** A stream has written what it read. */
export function flushed(teller: Teller, run: Run): void {
  const { key, epoch, ending } = run;
  if (ending === 'stopped') {
    teller.say(run, (seq) => ({
      type: 'stream.stopped',
      body: { key, epoch, seq, state: 'stopped', counters: COUNTERS },
    }));
  } else if (!run.isLost) {
    sayReleased(teller, run, []);
  }
  run.ending = null;
  run.isReleased = true;
}

/** The lease is somebody else's: what runs ends, and nothing more is said. */
export function lose(run: Run): void {
  run.isLost = true;
  run.said = [];
  if (run.kind === 'stream') run.ending = 'released';
  for (const target of run.targets) {
    if (target.state === 'running') target.state = 'stopping';
    else if (target.state !== 'stopping') target.state = 'ended';
  }
}

export function isActive(state: RunTarget['state']): boolean {
  return state === 'starting' || state === 'running' || state === 'stopping';
}

function release(teller: Teller, run: Run): void {
  if (run.kind === 'stream') {
    run.ending ??= 'released';
    return;
  }
  const open = run.targets.filter(({ state }) => state !== 'ended');
  if (open.length === 0 || open.some(({ state }) => isActive(state))) return;
  const interrupted = open.filter(({ isBegunHere }) => isBegunHere).map(({ target }) => target);
  teller.history.starts = teller.history.starts.filter(([name]) => !interrupted.includes(name));
  sayReleased(teller, run, interrupted);
  run.isReleased = true;
}

function sayReleased(teller: Teller, run: Run, interrupted: readonly string[]): void {
  const { key, epoch } = run;
  const instanceId = 'the channel';
  teller.say(run, () => ({
    type: 'lease.released',
    body: { key, epoch, instanceId, interrupted },
  }));
}

function end(teller: Teller, run: Run, target: RunTarget, outcome: string): void {
  target.state = 'ended';
  target.started = null;
  target.outcome = null;
  teller.say(run, (seq) => change(run, seq, target, outcome));
}

function change(
  { key, epoch }: Run,
  seq: number,
  { target, attempt }: RunTarget,
  state: string,
): Message {
  return {
    type: 'targets.changed',
    body: { key, epoch, seq, changes: [{ target, state, attempt }] },
  };
}

function targetOf({ target, attempt, outcome }: Known): RunTarget {
  const state = outcome === undefined ? 'waiting' : 'ended';
  return { target, state, attempt, isBegunHere: false, started: null, outcome: null };
}

function targetNamed({ targets }: Run, name: string): RunTarget {
  return targets.find(({ target }) => target === name) as RunTarget;
}

function byName([one]: [string, number], [other]: [string, number]): number {
  return one < other ? -1 : 1;
}

const COUNTERS = { documents: 0, bytes: 0, reconnects: 0, rejected: 0 };
