import { systemClock, type Clock, type Timer } from '#supervisor';

/** Acknowledges one delivery, or with `multiple` every unsettled one of the channel up to it. */
export type SendAck = (deliveryTag: number, multiple: boolean) => void;

/** How long one unfinished delivery may keep those behind it from being acknowledged. */
const HOLE_MS = 1_000;

/**
 * The acknowledgements of one channel, many in one frame: with `multiple`, up to the highest tag below which everything is
 * finished or was given back. So what is still being handled is never acknowledged.
 *
 * A delivery that takes long is a hole: what is finished behind it waits for it, but not for more than a second or two, and not
 * when that many wait that they use up the prefetch. Then they are acknowledged one by one.
 */
export class AckGroup {
  /** Delivered and neither finished nor given back, in the order of their tags. */
  private readonly open = new Set<number>();
  /** Finished and not acknowledged yet. */
  private readonly finished = new Set<number>();
  /** Looks whether the first open delivery is still the one that it was; set while finished ones wait behind it. */
  private holeTimer: Timer | undefined;
  /** The open delivery behind which nothing waits any more. */
  private longHole: number | undefined;
  private limit = 1;
  private closed = false;

  constructor(
    private readonly send: SendAck,
    private readonly clock: Clock = systemClock,
  ) {}

  /** How many deliveries may be unsettled; when half of them are finished, they are acknowledged at once. */
  set prefetch(prefetch: number) {
    this.limit = Math.max(1, Math.floor(prefetch / 2));
  }

  /** A delivery came. Tags come in ascending order. */
  deliver(tag: number): void {
    this.open.add(tag);
  }

  /** A delivery may be acknowledged: with the next `flush()`, or at once when many are. Does nothing twice, or after `close()`. */
  finish(tag: number): void {
    if (this.closed || !this.open.delete(tag)) return;
    this.finished.add(tag);
    if (this.finished.size >= this.limit) this.flush();
  }

  /** A delivery was settled in another way: it holds up nothing any more. */
  giveBack(tag: number): void {
    this.open.delete(tag);
  }

  /** Acknowledges what is finished, but for what waits behind a hole. */
  flush(): void {
    this.ackUpToHole();
    const waits = this.finished.size >= this.limit || this.firstOpen === this.longHole;
    if (waits) this.ackOneByOne();
    this.watchHole();
  }

  /** Acknowledges everything that is finished; what is finished later is for the broker to deliver again. */
  close(): void {
    this.closed = true;
    this.ackUpToHole();
    this.ackOneByOne();
    this.watchHole();
  }

  /** Below it everything is settled or finished. */
  private get firstOpen(): number {
    const [first = Infinity] = this.open;
    return first;
  }

  private ackUpToHole(): void {
    const { firstOpen } = this;
    let [highest, count] = [0, 0];
    for (const tag of this.finished) {
      if (tag > firstOpen) continue;
      this.finished.delete(tag);
      highest = Math.max(highest, tag);
      count += 1;
    }
    if (count > 0) this.send(highest, count > 1);
  }

  private ackOneByOne(): void {
    for (const tag of this.finished) this.send(tag, false);
    this.finished.clear();
  }

  private watchHole(): void {
    if (this.finished.size === 0) {
      this.holeTimer?.cancel();
      this.holeTimer = undefined;
      return;
    }
    const { firstOpen } = this;
    this.holeTimer ??= this.clock.setTimer(HOLE_MS, () => {
      this.holeTimer = undefined;
      if (this.firstOpen === firstOpen) this.longHole = firstOpen;
      this.flush();
    });
  }
}
