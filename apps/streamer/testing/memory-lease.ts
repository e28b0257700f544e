import { LeaseLostError } from '#contracts';
import type { Contract, LeaseGranted, StreamReport } from '#contracts';
import { mergeMarks } from '#lease';
import type { Marks } from '#lease';
import { Gate } from '#supervisor';
import type { StreamLease } from '../src/leased/stream-lease.js';

/** A lease whose events stay in memory, and whose marks and end the test decides. */
export class MemoryLease implements StreamLease {
  readonly key = 'stream/test';
  readonly epoch = 1;
  readonly events: { readonly type: string; readonly body: StreamReport }[] = [];
  readonly grant = {} as LeaseGranted;
  readonly #lost = new AbortController();
  readonly #confirms = new Gate({ open: true });
  readonly #listeners = new Set<(marks: Marks) => void>();
  readonly #suspensionListeners = new Set<(isSuspended: boolean) => void>();
  #marks: Marks = { cancelled: null, revoked: false, paused: false };
  #isSuspended = false;
  #seq = 0;
  #end: 'finished' | 'released' | undefined;

  /** How the lease ended here. */
  get end(): 'finished' | 'released' | undefined {
    return this.#end;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  get marks(): Marks {
    return this.#marks;
  }

  get types(): string[] {
    return this.events.map(({ type }) => type);
  }

  onMarks(listener: (marks: Marks) => void): () => void {
    this.#listeners.add(listener);
    if (this.#marks.cancelled !== null || this.#marks.revoked) listener(this.#marks);
    return () => this.#listeners.delete(listener);
  }

  get isSuspended(): boolean {
    return this.#isSuspended;
  }

  onSuspension(listener: (isSuspended: boolean) => void): () => void {
    this.#suspensionListeners.add(listener);
    return () => this.#suspensionListeners.delete(listener);
  }

  inTrace<T>(work: () => T): T {
    return work();
  }

  nextSeq(): number {
    this.#seq += 1;
    return this.#seq;
  }

  async publish<T extends object>(contract: Contract<T>, body: T): Promise<void> {
    await this.#confirms.wait(this.lost);
    this.lost.throwIfAborted();
    this.events.push({ type: contract.name, body: body as unknown as StreamReport });
  }

  async release(): Promise<void> {
    await this.#confirms.wait(this.lost);
    this.#end = 'released';
  }

  finish(): void {
    this.#end ??= 'finished';
  }

  cancel(): void {
    this.#hear({ cancelled: { outcome: 'cancelled', code: 'cancelled', finishRunning: false } });
  }

  revoke(): void {
    this.#hear({ revoked: true });
  }

  lose(): void {
    this.#lost.abort(new LeaseLostError('taken over'));
  }

  /** The lease channel is gone, or was found again: nothing is confirmed in between. */
  suspend(isSuspended: boolean): void {
    this.#isSuspended = isSuspended;
    if (isSuspended) this.hold();
    else this.confirm();
    for (const listener of this.#suspensionListeners) listener(isSuspended);
  }

  /** From now on events are not confirmed until {@link confirm}. */
  hold(): void {
    this.#confirms.close();
  }

  confirm(): void {
    this.#confirms.open();
  }

  #hear(heard: Partial<Marks>): void {
    this.#marks = mergeMarks(this.#marks, { ...this.#marks, ...heard });
    for (const listener of this.#listeners) listener(this.#marks);
  }
}
