import { DependencyUnavailableError, LeaseClosed, LeaseGranted } from '#contracts';
import { defectIn, logTasks } from '#broker';
import {
  SpawnRefusedError,
  Supervisor,
  SupervisorClosedError,
  abortable,
  type Body,
  type Outcome,
  type SpawnOptions,
  type Task,
} from '#supervisor';
import { HeldLeases } from './held-leases.js';
import { InstanceKeeper, type InstanceOptions } from './instance-keeper.js';
import type { LeaseAnswer, LeaseChannel } from './lease-channel.js';
import type { Lease } from './lease.js';

export type LeaseClientOptions = InstanceOptions;

/** `granted` comes with the lease; `held` and `closed` mean: drop the offer. */
export type Acquired =
  { readonly answer: 'granted'; readonly lease: Lease } | { readonly answer: 'held' | 'closed' };

/** What an answer has come to, and the former epoch's lease of the same key that still has to end. */
interface Taken {
  readonly acquired: Acquired;
  readonly older?: Lease;
}

const NAME = 'leases';
/** More than the offers that any service has in hand; beyond it, whoever asks waits for a turn. */
const LIMIT = 1_000;
const KEEP_ALIVE = 'keep an instance known to status';

/**
 * The worker's side of leases.md: keeps an instance alive, asks for leases, holds them, answers the record's pings.
 * A service without leased work uses it to be known as alive.
 */
export class LeaseClient {
  /** Runs all that goes on here; `close()` closes it. For those who look. */
  readonly supervisor: Supervisor;
  private readonly held: HeldLeases;
  private readonly keeper: InstanceKeeper;
  private defect: string | undefined;
  private closed: Promise<void> | undefined;

  constructor(private readonly options: LeaseClientOptions) {
    const { log } = options.broker;
    this.supervisor = new Supervisor({
      name: NAME,
      limit: LIMIT,
      // A key stands for what goes on now: the same may have to be done again.
      keyMemory: 0,
      onOutcome: (outcome, task) => this.ended(outcome, task),
      ...logTasks(log, NAME),
    });
    this.held = new HeldLeases(log, this.supervisor);
    this.keeper = new InstanceKeeper(options, this.held);
  }

  /** Begins the first instance; resolves once the record knows it. Rejects with the signal's reason, or after `close()`. */
  async start(signal?: AbortSignal): Promise<void> {
    await this.spawn(KEEP_ALIVE, (task) => this.keeper.run(task.signal), { key: KEEP_ALIVE });
    await this.keeper.channel(signal);
  }

  /** Undefined while an instance lives and the record takes what it says, else the reason. */
  trouble(): string | undefined {
    return this.defect ?? this.keeper.trouble();
  }

  /** The leases held right now. */
  get leases(): readonly Lease[] {
    return this.held.all;
  }

  /**
   * Asks for the lease of an offer, as long as it takes, across lost channels (then as the next instance). A lease of the same key from
   * an older epoch is lost first, and its end awaited: nothing runs twice here. Rejects with the signal's reason, and after `close()`
   * with a `DependencyUnavailableError`.
   */
  async acquire(key: string, signal?: AbortSignal): Promise<Acquired> {
    const own = ({ signal: stop }: { readonly signal: AbortSignal }): Promise<Acquired> =>
      this.own(key, stop);
    const { outcome } = await this.spawn(`acquire ${key}`, own, { signal });
    return valueOf(await outcome);
  }

  /** Says goodbye and ends the instance, within seconds. Leases still held are lost. Called again, it returns the same promise. */
  close(reason = 'stopped'): Promise<void> {
    this.closed ??= this.end(reason);
    return this.closed;
  }

  private async end(reason: string): Promise<void> {
    const closed = closedError();
    this.supervisor.cancel(KEEP_ALIVE, closed);
    await this.keeper.close(reason, closed);
    await this.supervisor.close();
  }

  private async spawn<T>(name: string, body: Body<T>, options: SpawnOptions): Promise<Task<T>> {
    if (this.closed !== undefined) throw closedError();
    try {
      return await this.supervisor.spawn(name, body, options);
    } catch (error) {
      throw error instanceof SpawnRefusedError ? closedError(error) : error;
    }
  }

  private async own(key: string, signal: AbortSignal): Promise<Acquired> {
    const { acquired, older } = await this.ask(key, signal);
    if (acquired.answer === 'granted' && older !== undefined) {
      await untilEnded(older, acquired.lease, signal);
    }
    return acquired;
  }

  private async ask(key: string, signal: AbortSignal): Promise<Taken> {
    for (;;) {
      const channel = await this.keeper.channel(signal);
      try {
        return await channel.acquire(key, (answer) => this.take(answer, channel), signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!channel.lost.aborted) throw error;
      }
    }
  }

  private take(answer: LeaseAnswer, channel: LeaseChannel): Taken {
    if (answer instanceof LeaseClosed) return { acquired: { answer: 'closed' } };
    if (!(answer instanceof LeaseGranted)) return { acquired: { answer: 'held' } };
    const { lease, older } = this.held.take(answer, channel);
    return { acquired: { answer: 'granted', lease }, older };
  }

  /** What somebody asked for fails for whoever asked; that an instance is kept no more is a defect. */
  private ended(outcome: Outcome, { name }: Task): void {
    if (outcome.status !== 'failed' || name !== KEEP_ALIVE) return;
    const { error } = outcome;
    this.options.broker.log.error(
      { task: name, err: error },
      'a task about leases failed: a defect',
    );
    this.defect = defectIn(name, error);
  }
}

/** leases.md, W3. */
async function untilEnded(older: Lease, newer: Lease, signal: AbortSignal): Promise<void> {
  try {
    await abortable(older.ended, signal);
  } catch (error) {
    // The record hears at the next ping that nobody here runs it.
    newer.lose('nobody waits for it any more');
    newer.finish();
    throw error;
  }
}

function valueOf<T>(outcome: Outcome<T>): T {
  if (outcome.status === 'succeeded') return outcome.value;
  if (outcome.status !== 'cancelled') throw outcome.status === 'failed' ? outcome.error : outcome;
  const { reason } = outcome;
  throw reason instanceof SupervisorClosedError ? closedError(reason) : reason;
}

function closedError(cause?: Error): DependencyUnavailableError {
  return new DependencyUnavailableError('the lease client was closed by this process', { cause });
}
