import { type TargetChange, TargetsChanged } from '#contracts';
import type { Lease } from '#lease';
import { Deferred, type Supervisor } from '#supervisor';

/** What the changes of one event may have together, in bytes of JSON. */
const MAX_EVENT_BYTES = 256 * 1024;

/** The lease of the chunk that the changes are about. Its `publish` rejects only for good. */
export type ReportingLease = Pick<Lease, 'key' | 'epoch' | 'nextSeq' | 'publish'>;

/**
 * Tells the record and watchers what becomes of a chunk's targets. The first change goes at once;
 * what gathers until its confirm arrives goes together in the next event. Events are numbered from 1,
 * and there is never more than one on the way, so their order is the order of the changes.
 *
 * Once publishing has failed nothing more is said, and everybody who waits hears the error.
 */
export class ChangeReporter {
  private readonly queue: TargetChange[] = [];
  private readonly waiters: { readonly upTo: number; readonly confirmed: Deferred }[] = [];
  private added = 0;
  private confirmed = 0;
  private isSending = false;
  private failure: { readonly error: unknown } | undefined;

  /**
   * @param tasks publishing is a task of it for as long as there is something to say. One is enough.
   * @param onFailure hears the error that nothing more is said after.
   */
  constructor(
    private readonly lease: ReportingLease,
    private readonly tasks: Pick<Supervisor, 'trySpawn'>,
    private readonly onFailure: (error: unknown) => void = () => {},
  ) {}

  /** Whether publishing has failed, for good. */
  get hasFailed(): boolean {
    return this.failure !== undefined;
  }

  /** Adds changes, in order, and sees to it that they are published. */
  add(...changes: readonly TargetChange[]): void {
    this.queue.push(...changes);
    this.added += changes.length;
    if (!this.isSending && !this.failure) this.startSending();
  }

  /** Resolves when all that was added by now is confirmed. */
  async allConfirmed(): Promise<void> {
    if (this.failure) throw this.failure.error;
    if (this.confirmed === this.added) return;
    const confirmed = new Deferred();
    this.waiters.push({ upTo: this.added, confirmed });
    await confirmed.promise;
  }

  private startSending(): void {
    const task = this.tasks.trySpawn(`changes of ${this.lease.key}`, () => this.send());
    if (typeof task !== 'string') return;
    this.fail(
      new Error(`nobody publishes the changes of ${this.lease.key}: the supervisor is ${task}`),
    );
  }

  /** Never rejects: whoever needs to know waits with `allConfirmed`. */
  private async send(): Promise<void> {
    this.isSending = true;
    try {
      while (this.queue.length > 0) await this.sendNext();
    } catch (error) {
      this.fail(error);
    } finally {
      this.isSending = false;
    }
  }

  private fail(error: unknown): void {
    this.failure = { error };
    for (const { confirmed } of this.waiters.splice(0)) confirmed.reject(error);
    this.onFailure(error);
  }

  private async sendNext(): Promise<void> {
    const changes = this.queue.splice(0, this.countThatFits());
    const { key, epoch } = this.lease;
    const seq = this.lease.nextSeq();
    await this.lease.publish(TargetsChanged, { key, epoch, seq, changes });
    this.confirmed += changes.length;
    while (this.waiters[0] && this.waiters[0].upTo <= this.confirmed) {
      this.waiters.shift()?.confirmed.resolve();
    }
  }

  private countThatFits(): number {
    let bytes = 0;
    const tooMany = this.queue.findIndex((change) => {
      bytes += Buffer.byteLength(JSON.stringify(change));
      return bytes > MAX_EVENT_BYTES;
    });
    return tooMany < 0 ? this.queue.length : Math.max(1, tooMany);
  }
}
