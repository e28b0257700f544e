import { DependencyUnavailableError } from '#contracts';
import { type Clock, fullJitter, Gate, type TaskContext, messageOf } from '#supervisor';
import type { DocumentStore } from '../stores/document-store.js';

export interface AvailabilityParts {
  readonly store: Pick<DocumentStore, 'probe'>;
  readonly clock: Clock;
  /** How long what is held waits for the store before it goes back to the queue. */
  readonly giveUpMs: number;
  /** The wait is over: let go of everything. */
  readonly onGivenUp: (error: DependencyUnavailableError, sinceMs: number) => void;
  /** A bulk went through after the wait had been given up. */
  readonly onRecovered: () => void;
}

const BACKOFF = { baseMs: 200, capMs: 5_000 };

/**
 * Whether the store can be written to.
 *
 * ```
 * up ──a bulk is lost──▶ down ──probe or bulk succeeds──▶ up
 *                          └─giveUpMs─▶ given up ──the transport's probe succeeds──▶ up
 * ```
 *
 * A probe proves less than a bulk: only a bulk that went through ends an outage, so that a store which answers probes and loses bulks is
 * given up too.
 */
export class StoreAvailability {
  private readonly usable = new Gate({ open: true });
  private readonly outage = new Gate();
  private state: 'up' | 'down' | 'given-up' = 'up';
  private failures = 0;
  private downSinceMs: number | undefined;
  private announced = false;
  private reason = '';

  constructor(private readonly parts: AvailabilityParts) {}

  /** Resolves while the store is up; rejects with the signal's reason. */
  whenUp(signal: AbortSignal): Promise<void> {
    return this.usable.wait(signal);
  }

  /** Probes the store whenever it is down, until the context is aborted. */
  async watch(context: TaskContext): Promise<void> {
    for (;;) {
      await this.outage.wait(context.signal);
      await this.recover(context);
    }
  }

  /** Undefined when it is up, else the reason. */
  trouble(): string | undefined {
    return this.state === 'up' ? undefined : this.reason;
  }

  /** Throws `DependencyUnavailableError` when nothing is to be taken in at the moment. */
  checkNotGivenUp(): void {
    if (this.state === 'given-up') throw new DependencyUnavailableError(this.reason);
  }

  /** A bulk went through. */
  proven(): void {
    this.failures = 0;
    this.downSinceMs = undefined;
    this.up();
    if (this.announced) this.parts.onRecovered();
    this.announced = false;
  }

  /** A bulk did not go through, or nobody knows. */
  lost(reason: string): void {
    this.failed(reason);
    if (this.state !== 'up') return;
    this.state = 'down';
    this.downSinceMs ??= this.parts.clock.now();
    this.usable.close();
    this.outage.open();
  }

  /** For whoever paused because the wait was given up: resolves when it may go on, throws while it may not. */
  async probe(signal: AbortSignal): Promise<void> {
    await this.parts.store.probe(signal);
    if (this.state !== 'given-up') return;
    this.downSinceMs = this.parts.clock.now();
    this.up();
  }

  private async recover(context: TaskContext): Promise<void> {
    const { store, clock } = this.parts;
    while (this.state === 'down') {
      const restMs = this.giveUpAtMs - clock.now();
      if (restMs <= 0) return this.giveUp();
      await context.sleep(Math.min(fullJitter(this.failures, BACKOFF), restMs));
      if (this.state !== 'down') return;
      try {
        await store.probe(context.signal);
        return this.up();
      } catch (error) {
        context.signal.throwIfAborted();
        this.failed(messageOf(error));
      }
    }
  }

  private get giveUpAtMs(): number {
    const { clock, giveUpMs } = this.parts;
    return (this.downSinceMs ?? clock.now()) + giveUpMs;
  }

  private failed(reason: string): void {
    this.failures += 1;
    this.reason = reason;
  }

  private up(): void {
    this.state = 'up';
    this.outage.close();
    this.usable.open();
  }

  private giveUp(): void {
    const { clock, onGivenUp } = this.parts;
    this.state = 'given-up';
    this.outage.close();
    this.announced = true;
    const downForMs = clock.now() - (this.downSinceMs ?? clock.now());
    onGivenUp(new DependencyUnavailableError(this.reason), Date.now() - downForMs);
  }
}
