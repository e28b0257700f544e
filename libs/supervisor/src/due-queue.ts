import type { Timer } from './clock.js';

/** What `Due.cancel()` tells the queue's owner, who may have to disarm something. */
interface DueOwner {
  dropped(due: Due): void;
}

/** One entry: something to do at a time. */
export class Due implements Timer {
  /** Where it stands in the heap; -1 when it is not in it. */
  index = -1;

  constructor(
    readonly atMs: number,
    /** Entries of the same time keep the order in which they were added. */
    readonly sequence: number,
    readonly fire: () => void,
    readonly owner: DueOwner,
  ) {}

  cancel(): void {
    if (this.index >= 0) this.owner.dropped(this);
  }

  isBefore(other: Due): boolean {
    return this.atMs < other.atMs || (this.atMs === other.atMs && this.sequence < other.sequence);
  }
}

/**
 * A binary heap of things to do, earliest first. Adding and removing cost O(log n), looking at the
 * first O(1).
 */
export class DueQueue {
  readonly #heap: Due[] = [];
  #sequence = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** The earliest entry, which stays. */
  get first(): Due | undefined {
    return this.#heap[0];
  }

  add(atMs: number, fire: () => void, owner: DueOwner): Due {
    const due = new Due(atMs, this.#sequence++, fire, owner);
    this.#siftUp(due, this.#heap.length);
    return due;
  }

  /** Takes the earliest entry out if its time has come. */
  takeDue(nowMs: number): Due | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.atMs > nowMs) return undefined;
    this.remove(first);
    return first;
  }

  /** Does nothing for an entry that is no longer in the queue. */
  remove(due: Due): void {
    const hole = due.index;
    if (hole < 0) return;
    due.index = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === due) return;
    if (last.isBefore(due)) this.#siftUp(last, hole);
    else this.#siftDown(last, hole);
  }

  #siftUp(due: Due, from: number): void {
    let at = from;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = this.#heap[parentAt] as Due;
      if (!due.isBefore(parent)) break;
      this.#place(parent, at);
      at = parentAt;
    }
    this.#place(due, at);
  }

  #siftDown(due: Due, from: number): void {
    let at = from;
    for (;;) {
      const child = this.#earlierChild(at);
      if (child === undefined || !child.isBefore(due)) break;
      const childAt = child.index;
      this.#place(child, at);
      at = childAt;
    }
    this.#place(due, at);
  }

  #earlierChild(at: number): Due | undefined {
    const left = this.#heap[2 * at + 1];
    const right = this.#heap[2 * at + 2];
    return left !== undefined && right?.isBefore(left) ? right : left;
  }

  #place(due: Due, at: number): void {
    this.#heap[at] = due;
    due.index = at;
  }
}
