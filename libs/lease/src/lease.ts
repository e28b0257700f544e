import { LeaseLostError, LeaseReleased, type Contract, type LeaseGranted } from '#contracts';
import { linkedTraces, type BrokerLog } from '#broker';
import { Deferred } from '#supervisor';
import { context, type Context } from '@opentelemetry/api';
import type { LeaseChannel } from './lease-channel.js';
import { mergeMarks, type Marks } from './marks.js';

export interface LeaseParts {
  readonly channel: LeaseChannel;
  readonly log: BrokerLog;
  /** Called when the lease has ended; again when it is ended again. */
  readonly onEnd: (lease: Lease) => void;
}

/**
 * The ownership of one piece of work in one epoch, from its grant to its end.
 *
 * ```
 *            ┌── release() ──▶ released
 * held ──────┼── finish()  ──▶ finished
 *            └── lease channel lost, taken over ──▶ lost (signal aborts) ── finish() ──▶ let go
 * ```
 *
 * Whoever holds it publishes through it, so that everything is said on the lease channel, and nothing once the lease is lost.
 */
export class Lease {
  readonly key: string;
  readonly epoch: number;
  private readonly trace: Context;
  private readonly losing = new AbortController();
  private readonly over = new Deferred();
  private readonly listeners = new Set<(marks: Marks) => void>();
  private current: Marks;
  private lastSeq = 0;

  constructor(
    readonly grant: LeaseGranted,
    private readonly parts: LeaseParts,
  ) {
    this.key = grant.key;
    this.epoch = grant.epoch;
    const { cancelled, revoked, paused } = grant;
    this.current = { cancelled, revoked, paused };
    // A chunk has an end, a stream has none.
    const asked = context.active();
    this.trace = grant.stream === undefined ? asked : linkedTraces(asked);
  }

  /**
   * Does work under this lease where it belongs in traces, whichever ping, timer or other work set it off: for a chunk in the trace
   * of its offer, which is that of the command; for a stream in traces of their own, linked to that.
   */
  inTrace<T>(work: () => T): T {
    return context.with(this.trace, work);
  }

  /** Aborts with `LeaseLostError` when the lease is lost: stop at once, publish nothing more about the work. */
  get lost(): AbortSignal {
    return this.losing.signal;
  }

  /** What the record wants of this owner, from the grant, the pings and cancel broadcasts. */
  get marks(): Marks {
    return this.current;
  }

  /** Resolves once the lease is finished, released, or lost and let go. */
  get ended(): Promise<void> {
    return this.over.promise;
  }

  /** Calls `listener` at each change of the marks, and once now if there is a mark already. Returns how to stop it. */
  onMarks(listener: (marks: Marks) => void): () => void {
    this.listeners.add(listener);
    const { cancelled, revoked, paused } = this.current;
    if (cancelled !== null || revoked || paused) listener(this.current);
    return () => this.listeners.delete(listener);
  }

  /** The number of the next event about this work: from 1 in each epoch. */
  nextSeq(): number {
    this.lastSeq += 1;
    return this.lastSeq;
  }

  /**
   * Publishes an event about this work and waits for the broker's confirm; a full or missing queue makes it wait, not fail. Events that
   * are published before the confirm of another may overtake it. Throws `LeaseLostError` when the lease is lost before the
   * confirm: then say nothing more. Throws `InvalidMessageError` for a body that violates its contract.
   */
  async publish<T extends object>(contract: Contract<T>, body: T): Promise<void> {
    const { channel } = this.parts;
    const options = { signal: this.lost, untilRouted: true };
    await this.inTrace(() => channel.publish(contract, body, options));
  }

  /** Gives the work back: another owner may have it. `interrupted` names the targets that this process stopped itself. */
  async release(interrupted: readonly string[] = []): Promise<void> {
    const { key, epoch } = this;
    const { instanceId } = this.parts.channel;
    await this.publish(LeaseReleased, { key, epoch, instanceId, interrupted });
    this.finish();
  }

  /** All outcomes are recorded: the key is forgotten. Also after the lease was lost, once the work has stopped. Safe to call twice. */
  finish(): void {
    this.over.resolve();
    this.parts.onEnd(this);
  }

  /** Takes over what a ping, a grant or a broadcast says. A listener that throws is logged; the others hear all the same. */
  hear(heard: Marks): void {
    const before = this.current;
    this.current = mergeMarks(before, heard);
    if (this.current === before) return;
    for (const listener of this.listeners) {
      try {
        listener(this.current);
      } catch (error) {
        this.parts.log.error({ key: this.key, err: error }, 'a listener for marks failed');
      }
    }
  }

  /** The lease is somebody else's, or may soon be. */
  lose(reason: string): void {
    if (!this.lost.aborted) this.losing.abort(new LeaseLostError(`lease ${this.key}: ${reason}`));
  }
}
