import { DependencyUnavailableError } from '#contracts';
import { defectIn, logTasks } from '#broker';
import { SpawnRefusedError, Supervisor, type Outcome, type Task } from '#supervisor';
import { InstanceKeeper, type InstanceOptions } from './instance-keeper.js';
import { LeaseDesk, type Acquired } from './lease-desk.js';
import type { Lease } from './lease.js';

export interface LeaseClientOptions extends InstanceOptions {
  /** How long leased work goes on while its lease is in doubt, in milliseconds (`LEASE_GRACE_MS`). */
  readonly graceMs?: number;
}

const NAME = 'leases';
/** More than any service asks for and says at a time (10,000 slots at most); beyond it, what is to be said waits for its turn. */
const LIMIT = 30_000;
const PENDING_LIMIT = 10_000;
const KEEP_ALIVE = 'keep an instance known to status';
const GRACE_MS = 30_000;

/**
 * The worker's side of leases.md: keeps an instance alive, asks for leases, holds them across lost channels, answers the record's
 * pings. A service without leased work uses it to be known as alive.
 */
export class LeaseClient {
  /** Runs all that goes on here; `close()` closes it. For those who look. */
  readonly supervisor: Supervisor;
  private readonly desk: LeaseDesk;
  private readonly keeper: InstanceKeeper;
  private defect: string | undefined;
  private closed: Promise<void> | undefined;

  constructor(private readonly options: LeaseClientOptions) {
    const { log } = options.broker;
    this.supervisor = new Supervisor({
      name: NAME,
      limit: LIMIT,
      pendingLimit: PENDING_LIMIT,
      // A key stands for what goes on now: the same may have to be done again.
      keyMemory: 0,
      onOutcome: (outcome, task) => this.ended(outcome, task),
      ...logTasks(log, NAME),
    });
    const { graceMs = GRACE_MS } = options;
    this.desk = new LeaseDesk({
      log,
      graceMs,
      tasks: this.supervisor,
      onKnown: (channel) => this.keeper.known(channel),
    });
    this.keeper = new InstanceKeeper(options, this.desk);
  }

  /** Begins the first instance; resolves once the record knows it. Rejects with the signal's reason, or after `close()`. */
  async start(signal?: AbortSignal): Promise<void> {
    this.refuseIfClosed();
    try {
      await this.supervisor.spawn(KEEP_ALIVE, (task) => this.keeper.run(task.signal), {
        key: KEEP_ALIVE,
      });
    } catch (error) {
      throw error instanceof SpawnRefusedError ? closedError(error) : error;
    }
    await this.keeper.untilKnown(signal);
  }

  /** Undefined while an instance lives and the record takes what it says, else the reason. */
  trouble(): string | undefined {
    return this.defect ?? this.keeper.trouble();
  }

  /** The leases held right now. */
  get leases(): readonly Lease[] {
    return this.desk.all;
  }

  /**
   * Asks for the lease of an offer, as long as it takes, across lost channels (then as the next instance). A lease of the same key from
   * an older epoch is lost first, and its end awaited: nothing runs twice here. Rejects with the signal's reason, and after `close()`
   * with a `DependencyUnavailableError`.
   */
  async acquire(key: string, signal?: AbortSignal): Promise<Acquired> {
    this.refuseIfClosed();
    return this.desk.acquire(key, signal);
  }

  /** Says goodbye and ends the instance, within seconds. Leases still held are lost. Called again, it returns the same promise. */
  close(reason = 'stopped'): Promise<void> {
    this.closed ??= this.end(reason);
    return this.closed;
  }

  private async end(reason: string): Promise<void> {
    const closed = closedError();
    this.supervisor.cancel(KEEP_ALIVE, closed);
    this.desk.close(closed);
    await this.keeper.close(reason, closed);
    await this.supervisor.close();
  }

  private refuseIfClosed(): void {
    if (this.closed !== undefined) throw closedError();
  }

  /** The bodies of tasks deal with what is to be expected, such as a lost channel: a task that fails is a defect. */
  private ended(outcome: Outcome, { name }: Task): void {
    if (outcome.status !== 'failed') return;
    const { error } = outcome;
    this.options.broker.log.error(
      { task: name, err: error },
      'a task about leases failed: a defect',
    );
    this.defect ??= defectIn(name, error);
  }
}

function closedError(cause?: Error): DependencyUnavailableError {
  return new DependencyUnavailableError('the lease client was closed by this process', { cause });
}
