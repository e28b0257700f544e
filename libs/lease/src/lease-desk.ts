import { randomUUID } from 'node:crypto';
import {
  AcquireLease,
  CancelTask,
  LeaseGranted,
  LeaseHeld,
  LeaseLostError,
  LeasePing,
  LeaseReleased,
  LeaseUnknown,
  LeasesResumed,
  MAX_LEASES_PER_MESSAGE,
  ResumeLeases,
  type Contract,
  type LeaseClosed,
} from '#contracts';
import type { BrokerLog } from '#broker';
import { Deferred, abortable, onAbort, sleep, type Supervisor } from '#supervisor';
import { context, type Context } from '@opentelemetry/api';
import type { Heard, LeaseChannel } from './lease-channel.js';
import { Lease, type LeaseParts } from './lease.js';
import {
  answered,
  cancelHeard,
  confirmed,
  givenUp,
  graceOver,
  inDoubtSince,
  heard,
  instanceBegan,
  instanceKnown,
  instanceLost,
  leasesResumed,
  loseAll,
  newWorkerState,
  offered,
  pinged,
  runEnded,
  say,
  type Action,
  type LeaseRef,
  type ResumeQuestion,
} from './protocol/index.js';

const ASK_AGAIN_MS = 5_000;

/** What came of asking for a lease. */
export type Acquired =
  { readonly answer: 'granted'; readonly lease: Lease } | { readonly answer: 'held' | 'closed' };

export interface LeaseDeskParts {
  readonly log: BrokerLog;
  /** Runs all that takes time here. */
  readonly tasks: Supervisor;
  /** How long leased work goes on while its lease is in doubt, in milliseconds. */
  readonly graceMs: number;
  /** Hears that the record knows the instance of this channel. */
  readonly onKnown: (channel: LeaseChannel) => void;
}

/** Something said about leased work, until it is confirmed. What is said again has the same body, under the instance of the day. */
interface Saying {
  readonly compose: (instanceId: string) => Composed;
  readonly confirmed: Deferred;
}

interface Composed {
  readonly contract: Contract;
  readonly body: object;
}

interface Waiting {
  readonly acquired: Deferred<Acquired>;
  readonly trace: Context;
}

/**
 * Carries out what the worker's side of leases.md decides (protocol/): publishes and waits, keeps time, and tells the leases.
 * Decisions are made at once, in the order in which things happen; what takes time is a task.
 */
export class LeaseDesk {
  private readonly worker = newWorkerState();
  private readonly leases = new Map<string, Lease>();
  private readonly waiting = new Map<string, Waiting>();
  private readonly sayings = new Map<number, Saying>();
  private said = 0;
  private channel: LeaseChannel | undefined;

  constructor(private readonly parts: LeaseDeskParts) {}

  /** The leases held right now, those that are lost and not let go included. */
  get all(): readonly Lease[] {
    return [...this.leases.values()];
  }

  /** An instance has begun: it hears, and has said nothing. */
  begin(channel: LeaseChannel): void {
    this.channel = channel;
    const { instanceId: id } = channel;
    const pageSize = MAX_LEASES_PER_MESSAGE;
    this.perform(instanceBegan(this.worker, { id, newRequestId: randomUUID, pageSize }));
    // At once, before anybody hears of a failed publish.
    onAbort(channel.lost, () => this.channelLost(channel.instanceId));
  }

  /** What the instance hears, in the order of its arrival. */
  hear(message: Heard): void {
    if (message instanceof LeasePing) {
      for (const state of message.leases) this.perform(pinged(this.worker, state));
    } else if (message instanceof CancelTask) {
      this.perform(cancelHeard(this.worker, message.executionId));
    } else if (message instanceof LeasesResumed) {
      this.perform(leasesResumed(this.worker, message.requestId, message.leases));
    } else {
      this.hearAnswer(message);
    }
  }

  /** Asks for a lease, across lost channels, until it is answered. Rejects with the signal's reason, and when the desk is closed. */
  async acquire(key: string, signal: AbortSignal | undefined): Promise<Acquired> {
    const ticket = randomUUID();
    const acquired = new Deferred<Acquired>();
    this.waiting.set(ticket, { acquired, trace: context.active() });
    this.perform(offered(this.worker, { ticket, key }, randomUUID));
    try {
      return await (signal ? abortable(acquired.promise, signal) : acquired.promise);
    } catch (error) {
      this.perform(givenUp(this.worker, ticket));
      throw error;
    } finally {
      this.waiting.delete(ticket);
    }
  }

  /** Every lease is lost, and whoever waits for one hears this error. */
  close(error: Error): void {
    for (const { acquired } of this.waiting.values()) acquired.rejectHandled(error);
    this.perform(loseAll(this.worker, 'the process is stopping'));
  }

  private channelLost(instanceId: string): void {
    this.channel = undefined;
    this.perform(instanceLost(this.worker));
    if (inDoubtSince(this.worker, instanceId).length > 0) this.startGrace(instanceId);
  }

  /** One for all that the instance held. What is kept by then, or in doubt for another loss, is not meant. */
  private startGrace(instanceId: string): void {
    const { tasks, graceMs } = this.parts;
    tasks.trySpawn(`grace after ${instanceId}`, async ({ signal }) => {
      await sleep(graceMs, signal);
      for (const ref of inDoubtSince(this.worker, instanceId)) {
        this.perform(graceOver(this.worker, ref));
      }
    });
  }

  private hearAnswer(answer: LeaseGranted | LeaseHeld | LeaseClosed): void {
    const { requestId } = answer;
    if (answer instanceof LeaseGranted) {
      const { key, epoch, cancelled, revoked, paused } = answer;
      const marks = { cancelled, revoked, paused };
      const granted = { answer: 'granted', requestId, key, epoch, marks } as const;
      this.perform(answered(this.worker, granted), answer);
    } else {
      const said = answer instanceof LeaseHeld ? 'held' : 'closed';
      this.perform(answered(this.worker, { answer: said, requestId }));
    }
  }

  private perform(actions: readonly Action[], grant?: LeaseGranted): void {
    for (const action of actions) this.act(action, grant);
  }

  private act(action: Action, grant: LeaseGranted | undefined): void {
    switch (action.do) {
      case 'ask':
        return this.ask(action);
      case 'resume':
        return this.resume(action);
      case 'stop-asking':
        this.parts.tasks.cancel(action.requestId, new Error('answered, or given up'));
        return;
      case 'announce':
        return this.announce();
      case 'decline':
        return this.waiting.get(action.ticket)?.acquired.resolve({ answer: action.answer });
      case 'hold':
        return this.hold(action.ticket, grant);
      case 'begin':
        return this.begun(action.ticket, this.leases.get(nameOf(action)));
      case 'suspend':
        return this.leases.get(nameOf(action))?.suspend(true);
      case 'continue':
        return this.leases.get(nameOf(action))?.suspend(false);
      case 'lose':
        this.leases.get(nameOf(action))?.lose(action.reason);
        if (!action.hasBegun) this.leases.delete(nameOf(action));
        return;
      case 'obey':
        return this.leases.get(nameOf(action))?.obey(action.marks);
      case 'publish':
        return this.publish(action, action.said);
      case 'disown':
        return this.disown(action);
    }
  }

  private ask({ key, requestId }: Pick<AcquireLease, 'key' | 'requestId'>): void {
    this.onChannel(`acquire ${key}`, requestId, async (channel, signal) => {
      const { instanceId } = channel;
      await untilStopped(channel, AcquireLease, { key, instanceId, requestId }, signal);
    });
  }

  private resume({ requestId, from, leases }: ResumeQuestion): void {
    this.onChannel(`resume ${leases.length} leases`, requestId, async (channel, signal) => {
      const { instanceId } = channel;
      await untilStopped(channel, ResumeLeases, { requestId, from, instanceId, leases }, signal);
    });
  }

  private announce(): void {
    this.onChannel('announce the instance', undefined, async (channel, signal) => {
      await channel.announce(signal);
      channel.lost.throwIfAborted();
      this.parts.onKnown(channel);
      this.perform(instanceKnown(this.worker, randomUUID));
    });
  }

  private hold(ticket: string, grant: LeaseGranted | undefined): void {
    if (grant === undefined) throw new Error('a lease is held without a grant');
    const { log } = this.parts;
    const parts: LeaseParts = {
      log,
      publish: (lease, contract, body) => this.say(lease, () => ({ contract, body })),
      release: ({ key, epoch }, interrupted) =>
        this.say({ key, epoch }, (instanceId) => ({
          contract: LeaseReleased,
          body: { key, epoch, instanceId, interrupted },
        })),
      heard: (lease, marks) => this.perform(heard(this.worker, lease, marks)),
      ended: (lease) => this.ended(lease),
    };
    // What the answer makes of the work belongs to the trace that the work came with.
    const trace = this.waiting.get(ticket)?.trace ?? context.active();
    this.leases.set(
      nameOf(grant),
      context.with(trace, () => new Lease(grant, parts)),
    );
  }

  private begun(ticket: string, lease: Lease | undefined): void {
    if (lease) this.waiting.get(ticket)?.acquired.resolve({ answer: 'granted', lease });
  }

  private ended(lease: Lease): void {
    if (!this.leases.delete(nameOf(lease))) return;
    this.perform(runEnded(this.worker, lease));
  }

  /** Resolves when the broker has it, on whichever channel; rejects when the lease is lost before that. */
  private async say(ref: LeaseRef, compose: Saying['compose']): Promise<void> {
    const lease = this.leases.get(nameOf(ref));
    if (lease === undefined) throw new LeaseLostError(`lease ${ref.key}: it has ended`);
    lease.lost.throwIfAborted();
    this.said += 1;
    const { said } = this;
    const saying = { compose, confirmed: new Deferred() };
    this.sayings.set(said, saying);
    this.perform(say(this.worker, ref, said));
    try {
      await abortable(saying.confirmed.promise, lease.lost);
    } finally {
      this.sayings.delete(said);
      confirmed(this.worker, ref, said);
    }
  }

  private publish(ref: LeaseRef, said: number): void {
    const saying = this.sayings.get(said);
    const lease = this.leases.get(nameOf(ref));
    if (!saying || !lease) return;
    const publish = async (channel: LeaseChannel): Promise<void> => {
      try {
        const { contract, body } = saying.compose(channel.instanceId);
        await channel.publish(contract, body, { signal: lease.lost, untilRouted: true });
        saying.confirmed.resolve();
      } catch (error) {
        // What a lost channel took with it is said again on the next.
        if (!channel.lost.aborted) saying.confirmed.rejectHandled(error);
      }
    };
    lease.inTrace(() => this.onChannel(`tell of ${ref.key}`, undefined, publish));
  }

  /** Should there be no room for it, the record asks again within a minute. */
  private disown({ key, epoch }: LeaseRef): void {
    const task = `${this.channel?.instanceId} ${nameOf({ key, epoch })}`;
    // Pings that say the same meanwhile are answered together.
    this.onChannel(`disown ${key}`, task, async (channel, signal) => {
      const { instanceId } = channel;
      await channel.publish(LeaseUnknown, { key, epoch, instanceId }, { signal });
    });
  }

  /** Something to say as the present instance; it is over when that is. */
  private onChannel(
    name: string,
    key: string | undefined,
    act: (channel: LeaseChannel, signal: AbortSignal) => Promise<void>,
  ): void {
    const { channel } = this;
    if (channel === undefined) return;
    const body = async ({ signal }: { readonly signal: AbortSignal }): Promise<void> => {
      try {
        await act(channel, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!channel.lost.aborted) throw error;
      }
    };
    this.parts.tasks.trySpawn(name, body, { key, signal: channel.lost });
  }
}

/** Asks until the task is stopped: the question is answered, or the instance over. */
async function untilStopped<T extends object>(
  channel: LeaseChannel,
  contract: Contract<T>,
  question: T,
  signal: AbortSignal,
): Promise<never> {
  for (;;) {
    await channel.publish(contract, question, { signal, untilRouted: true });
    await sleep(ASK_AGAIN_MS, signal);
  }
}

function nameOf({ key, epoch }: LeaseRef): string {
  return `${key} ${epoch}`;
}
