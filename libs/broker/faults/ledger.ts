import { Deferred } from '#supervisor';

/** What a ledger counted. */
export interface Totals {
  /** The broker has said that it has them. */
  readonly confirmed: number;
  /** Handled to the end at least once. */
  readonly settled: number;
  /** In the dead-letter queue. */
  readonly dead: number;
  /** Deliveries beyond the first of their message. */
  readonly doubled: number;
  /** Deliveries that the broker marked as seen before. */
  readonly redelivered: number;
}

/**
 * What became of every message of a test, by id. A message is confirmed once its publisher was told so, delivered when a handler
 * begins with it, and settled when that handler is through; the end of a test proves by the empty queue that the broker
 * heard of it.
 */
export class Ledger {
  private readonly confirmed = new Set<string>();
  private readonly deliveries = new Map<string, number>();
  private readonly settled = new Set<string>();
  private readonly dead = new Set<string>();
  private readonly milestones = new Map<number, Deferred>();
  private redelivered = 0;

  /** The publish of a message was fulfilled. */
  noteConfirmed(id: string): void {
    this.confirmed.add(id);
    this.milestones.get(this.confirmed.size)?.resolve();
  }

  /** A handler begins; `redelivered` as the broker says. */
  noteDelivered(id: string, redelivered: boolean): void {
    this.deliveries.set(id, (this.deliveries.get(id) ?? 0) + 1);
    if (redelivered) this.redelivered += 1;
  }

  /** A handler has ended well. */
  noteSettled(id: string): void {
    this.settled.add(id);
  }

  /** A message was found in the dead-letter queue. */
  noteDead(id: string): void {
    this.dead.add(id);
  }

  /** Resolves when so many messages are confirmed, in the very moment. */
  async untilConfirmed(count: number): Promise<void> {
    if (this.confirmed.size >= count) return;
    const milestone = this.milestones.get(count) ?? new Deferred();
    this.milestones.set(count, milestone);
    await milestone.promise;
  }

  /** Confirmed, and neither settled nor dead. */
  get missing(): readonly string[] {
    return [...this.confirmed].filter((id) => !this.settled.has(id) && !this.dead.has(id));
  }

  get totals(): Totals {
    const deliveries = [...this.deliveries.values()].reduce((sum, count) => sum + count, 0);
    return {
      confirmed: this.confirmed.size,
      settled: this.settled.size,
      dead: this.dead.size,
      doubled: deliveries - this.deliveries.size,
      redelivered: this.redelivered,
    };
  }

  /**
   * The promises that were broken, a sentence each. `expected` messages were to be published; a message may be delivered again when
   * the broker redelivers it, and because its publisher, in doubt, published it again (`republished` times in all).
   */
  violations({ expected, republished }: { expected: number; republished: number }): string[] {
    const { confirmed, doubled, redelivered } = this.totals;
    const { missing } = this;
    const broken: string[] = [];
    if (confirmed !== expected) broken.push(`${confirmed} of ${expected} messages are confirmed`);
    if (missing.length > 0) {
      broken.push(`${missing.length} confirmed messages are lost, ${missing[0]} among them`);
    }
    if (doubled > redelivered + republished) {
      broken.push(
        `${doubled} deliveries are doubled: ${redelivered} redelivered and ${republished} published again do not explain it`,
      );
    }
    return broken;
  }
}
