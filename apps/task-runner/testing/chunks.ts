import {
  type Contract,
  type KnownTarget,
  type LeaseMark,
  LeaseLostError,
  type TargetChange,
  type TargetsChanged,
} from '#contracts';
import type { Marks } from '#lease';
import { silentLog } from '#runtime';
import { Deferred, Supervisor } from '#supervisor';
import type { RunnerLease } from '../src/chunk/chunk-lease.js';
import { ChunkRunner } from '../src/chunk/chunk-runner.js';
import { type ChunkPlan, ChunkState } from '../src/chunk/chunk-state.js';
import { TargetSlots } from '../src/chunk/target-slots.js';
import { AttemptOutput } from '../src/output/attempt-output.js';
import type { Plugin, PluginContext, PluginResult } from '../src/plugins/plugin.js';
import type { Target } from '../src/targets/target.js';

/** A lease that confirms every event, or, while `confirms` is off, none. */
export class FakeLease implements RunnerLease {
  readonly key = 'chunk/0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11/1';
  readonly epoch = 1;
  readonly changes: TargetChange[] = [];
  isSuspended = false;
  marks: Marks = { cancelled: null, revoked: false, paused: false };
  private readonly losing = new AbortController();
  private readonly unconfirmed: Deferred[] = [];
  private readonly listeners = new Set<(marks: Marks) => void>();
  private readonly suspensionListeners = new Set<(isSuspended: boolean) => void>();
  private confirming = true;
  private seq = 0;

  get lost(): AbortSignal {
    return this.losing.signal;
  }

  nextSeq(): number {
    return ++this.seq;
  }

  onMarks(listener: (marks: Marks) => void): () => void {
    this.listeners.add(listener);
    if (this.marks.cancelled || this.marks.paused) listener(this.marks);
    return () => this.listeners.delete(listener);
  }

  onSuspension(listener: (isSuspended: boolean) => void): () => void {
    this.suspensionListeners.add(listener);
    return () => this.suspensionListeners.delete(listener);
  }

  /** The lease channel is gone, or was found again: nothing is confirmed in between. */
  suspend(isSuspended: boolean): void {
    this.isSuspended = isSuspended;
    this.confirm(!isSuspended);
    for (const listener of this.suspensionListeners) listener(isSuspended);
  }

  hear(marks: Marks): void {
    this.marks = marks;
    for (const listener of this.listeners) listener(marks);
  }

  async publish<T extends object>(_contract: Contract<T>, body: T): Promise<void> {
    this.lost.throwIfAborted();
    this.changes.push(...(body as unknown as TargetsChanged).changes);
    if (this.confirming) return;
    const confirmed = new Deferred();
    this.unconfirmed.push(confirmed);
    await confirmed.promise;
  }

  confirm(confirming: boolean): void {
    this.confirming = confirming;
    if (confirming) for (const { resolve } of this.unconfirmed.splice(0)) resolve();
  }

  mark(cancelled: LeaseMark): void {
    this.hear({ ...this.marks, cancelled });
  }

  lose(): void {
    const reason = new LeaseLostError('taken over');
    this.losing.abort(reason);
    for (const { reject } of this.unconfirmed.splice(0)) reject(reason);
  }

  /** What was last said of each target: `a: succeeded 1`. */
  get said(): string[] {
    const last = new Map(this.changes.map((change) => [change.target, change]));
    return [...last.values()].map(({ target, state, attempt }) => `${target}: ${state} ${attempt}`);
  }
}

/** A plugin whose runs the test sees, and ends by hand. */
export class HandPlugin implements Plugin {
  readonly name = 'hand';
  readonly description = 'is led by hand';
  readonly arguments = Object;
  readonly idempotent = true;
  readonly timeoutMs = 60_000;
  readonly runs: {
    readonly target: string;
    readonly context: PluginContext;
    end: Deferred<PluginResult>;
  }[] = [];
  private news = new Deferred();

  constructor(
    private readonly react: (end: Deferred<PluginResult>, reason: Error) => void = stops,
  ) {}

  run({ name }: Target, _args: object, context: PluginContext): Promise<PluginResult> {
    const end = new Deferred<PluginResult>();
    const react = (): void => this.react(end, context.signal.reason as Error);
    context.signal.addEventListener('abort', react, { once: true });
    this.runs.push({ target: name, context, end });
    this.news.resolve();
    return end.promise;
  }

  async started(count: number): Promise<void> {
    while (this.runs.length < count) {
      this.news = new Deferred();
      await this.news.promise;
    }
  }

  end(index: number, result: PluginResult = { state: 'succeeded' }): void {
    this.runs[index]?.end.resolve(result);
  }
}

/** What the plugin of a run does when that is aborted. */
export type Reaction = (end: Deferred<PluginResult>, reason: Error) => void;
export const stops: Reaction = (end) => end.resolve({ state: 'aborted', termination: 'proven' });
export const throws: Reaction = (end, reason) => end.reject(reason);
export const finishes: Reaction = (end) => end.resolve({ state: 'succeeded' });
export const ignores: Reaction = () => {};

/** What a chunk of a test is made of. */
export interface ChunkSetup {
  readonly targets?: readonly string[];
  readonly plan?: Partial<ChunkPlan>;
  readonly react?: Reaction;
  /** How many there are, or those of another chunk. */
  readonly slots?: number | TargetSlots;
  /** Its own unless given. */
  readonly plugin?: HandPlugin;
  readonly timeoutMs?: number;
  readonly remainingMs?: number;
  readonly executionId?: string;
}

/** A chunk with all that it runs with; `run` runs it. */
export function chunkOf(setup: ChunkSetup) {
  const { targets = ['a'], plan, react, timeoutMs = 60_000, remainingMs } = setup;
  const lease = new FakeLease();
  const plugin = setup.plugin ?? new HandPlugin(react);
  const slots = slotsOf(setup.slots ?? 100);
  const others = new Supervisor({ name: 'outputs and reports', limit: 100 });
  const known = targets.map((target): KnownTarget => ({ target, started: false, attempt: 0 }));
  const state = new ChunkState({
    known,
    onLost: 'retry',
    retries: { limit: 0, backoffMs: 0 },
    concurrency: 10,
    ...plan,
  });
  const runner = new ChunkRunner(
    lease,
    state,
    {
      executionId: setup.executionId ?? '0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11',
      plugin,
      args: {},
      timeoutMs,
      log: silentLog,
      onEnd: () => {},
      outputOf: (_attempt, signal) =>
        new AttemptOutput({ capBytes: 100, tailBytes: 100 }, signal, {
          name: 'output',
          tasks: others,
          sinksUntil: () => [],
        }),
    },
    { slots, reports: others },
  );
  return { lease, plugin, slots, runner, run: () => runner.run(remainingMs) };
}

function slotsOf(slots: number | TargetSlots): TargetSlots {
  if (typeof slots !== 'number') return slots;
  return new TargetSlots({ targets: slots, chunks: 10, closeTimeoutMs: 10 }, silentLog);
}
