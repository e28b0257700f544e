/** Room for one piece of work, reserved before its offer was delivered. */
export class Slot {
  private state: 'reserved' | 'kept' | 'free' = 'reserved';

  constructor(private readonly onFree: () => void) {}

  /** The work was taken: the slot outlives the delivery until `release()`. Does nothing once the delivery is over. */
  keep(): void {
    if (this.state === 'reserved') this.state = 'kept';
  }

  /** The work is over. Calling it again does nothing. */
  release(): void {
    if (this.state === 'free') return;
    this.state = 'free';
    this.onFree();
  }

  /** The delivery is over: a slot that nobody kept is free again. */
  deliveryEnded(): void {
    if (this.state === 'reserved') this.release();
  }
}

/** Counts the slots of one consumer: one integer, changed where a slot is reserved and where it is released. */
export class Slots {
  private taken = 0;

  constructor(
    private readonly limit: number,
    private readonly onRelease: () => void,
  ) {}

  get free(): number {
    return this.limit - this.taken;
  }

  reserve(): Slot {
    this.taken += 1;
    return new Slot(() => {
      this.taken -= 1;
      this.onRelease();
    });
  }
}
