import { LeaseLostError, type Contract, type LeaseGranted } from '#contracts';
import { linkedTraces, type BrokerLog } from '#broker';
import { Deferred } from '#supervisor';
import { context, type Context } from '@opentelemetry/api';
import type { Marks } from './marks.js';

/** Whoever carries out the protocol, as far as a lease needs it. */
export interface LeaseParts {
  readonly log: BrokerLog;
  /** Resolves when it is confirmed; rejects when the lease is lost before that. */
  publish<T extends object>(lease: Lease, contract: Contract<T>, body: T): Promise<void>;
  release(lease: Lease, interrupted: readonly string[]): Promise<void>;
  heard(lease: Lease, marks: Marks): void;
  ended(lease: Lease): void;
}

/**
 * The ownership of one piece of work in one epoch, from its grant to its end.
 *
 * ```
 *             lease channel lost
 *   held ─────────────────────────▶ suspended
 *    │ ▲                              │   │
 *    │ └──────── resumed ─────────────┘   │ gone, or the grace is over
 *    │                                    ▼
 *    ├── granted anew, client closed ──▶ lost (signal aborts)
 *    ▼                                    ▼
 *   finish(), release()                 finish()
 * ```
 *
 * Whoever holds it publishes through it, so that everything is said on the lease channel, in order and again when it has to be,
 * and nothing once the lease is lost.
 */
export class Lease {
  readonly key: string;
  readonly epoch: number;
  private readonly trace: Context;
  private readonly losing = new AbortController();
  private readonly over = new Deferred();
  private readonly marksListeners = new Set<(marks: Marks) => void>();
  private readonly suspensionListeners = new Set<(isSuspended: boolean) => void>();
  private currentMarks: Marks;
  private isInDoubt = false;
  private lastSeq = 0;

  constructor(
    readonly grant: LeaseGranted,
    private readonly parts: LeaseParts,
  ) {
    this.key = grant.key;
    this.epoch = grant.epoch;
    const { cancelled, revoked, paused } = grant;
    this.currentMarks = { cancelled, revoked, paused };
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

  /**
   * True while the lease channel is gone and it is not known whether another has the work by now: what runs goes on, for a while;
   * begin nothing, read nothing further. What is published meanwhile waits.
   */
  get isSuspended(): boolean {
    return this.isInDoubt;
  }

  /** What the record wants of this owner, from the grant, the pings and cancel broadcasts. */
  get marks(): Marks {
    return this.currentMarks;
  }

  /** Resolves once the lease is finished, released, or lost and let go. */
  get ended(): Promise<void> {
    return this.over.promise;
  }

  /** Calls `listener` at each change of the marks, and once now if there is a mark already. Returns how to stop it. */
  onMarks(listener: (marks: Marks) => void): () => void {
    this.marksListeners.add(listener);
    const { cancelled, revoked, paused } = this.currentMarks;
    if (cancelled !== null || revoked || paused) listener(this.currentMarks);
    return () => this.marksListeners.delete(listener);
  }

  /** Calls `listener` whenever the lease is suspended, and when that is over; once now if it is. Returns how to stop it. */
  onSuspension(listener: (isSuspended: boolean) => void): () => void {
    this.suspensionListeners.add(listener);
    if (this.isInDoubt) listener(true);
    return () => this.suspensionListeners.delete(listener);
  }

  /** The number of the next event about this work: from 1 in each epoch. */
  nextSeq(): number {
    this.lastSeq += 1;
    return this.lastSeq;
  }

  /**
   * Publishes an event about this work and waits for the broker's confirm: across a lost lease channel, too, if the lease survives
   * it. A full or missing queue makes it wait, not fail. Events that are published before the confirm of another may overtake it.
   * Rejects with `LeaseLostError` when the lease is lost before the confirm: then say nothing more. Rejects with
   * `InvalidMessageError` for a body that violates its contract.
   */
  async publish<T extends object>(contract: Contract<T>, body: T): Promise<void> {
    await this.parts.publish(this, contract, body);
  }

  /** Gives the work back: another owner may have it. `interrupted` names the targets that this process stopped itself. */
  async release(interrupted: readonly string[] = []): Promise<void> {
    await this.parts.release(this, interrupted);
    this.finish();
  }

  /** All outcomes are recorded: the key is forgotten. Also after the lease was lost, once the work has stopped. Safe to call twice. */
  finish(): void {
    this.over.resolve();
    this.parts.ended(this);
  }

  /** Adds a mark of the owner's own, such as the end of the execution's time. */
  hear(heard: Marks): void {
    this.parts.heard(this, heard);
  }

  /** For the desk: the marks are these now. A listener that throws is logged; the others hear all the same. */
  obey(marks: Marks): void {
    this.currentMarks = marks;
    this.tell(this.marksListeners, marks);
  }

  /** For the desk. */
  suspend(isSuspended: boolean): void {
    this.isInDoubt = isSuspended;
    this.tell(this.suspensionListeners, isSuspended);
  }

  /** For the desk: the lease is somebody else's, or may soon be. */
  lose(reason: string): void {
    this.losing.abort(new LeaseLostError(`lease ${this.key}: ${reason}`));
  }

  private tell<T>(listeners: ReadonlySet<(news: T) => void>, news: T): void {
    for (const listener of listeners) {
      try {
        listener(news);
      } catch (error) {
        this.parts.log.error({ key: this.key, err: error }, 'a listener of a lease failed');
      }
    }
  }
}
