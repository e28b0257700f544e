const LEAST_SLOTS = 1 << 16;
/** `x * GOLDEN` spreads neighbouring numbers (Knuth, TAOCP 6.4). */
const GOLDEN = 0x9e3779b1;

/**
 * The set of states that were seen, in the order in which they were found, each with the one that it was found from: rows of
 * numbers in one array, and an open hash over them.
 */
export class StateTable {
  private readonly width: number;
  private rows: Int32Array;
  private parents: Int32Array;
  private slots = new Int32Array(LEAST_SLOTS).fill(-1);
  size = 0;

  constructor(width: number) {
    this.width = width;
    this.rows = new Int32Array(width * LEAST_SLOTS);
    this.parents = new Int32Array(LEAST_SLOTS);
  }

  /** Adds a state; returns its number, and -1 when it was there before. */
  add(row: Int32Array, parent: number): number {
    if (this.size * 2 >= this.slots.length) this.grow();
    const slot = this.slotOf(row);
    if (this.slots[slot] !== -1) return -1;
    const at = this.size;
    this.slots[slot] = at;
    this.rows.set(row, at * this.width);
    this.parents[at] = parent;
    this.size += 1;
    return at;
  }

  row(at: number): Int32Array {
    return this.rows.subarray(at * this.width, (at + 1) * this.width);
  }

  /** The states from the first to this one. */
  pathTo(at: number): number[] {
    const path: number[] = [];
    for (let one = at; one >= 0; one = this.parents[one] as number) path.unshift(one);
    return path;
  }

  private slotOf(row: Int32Array): number {
    const mask = this.slots.length - 1;
    let slot = hash(row) & mask;
    for (; ; slot = (slot + 1) & mask) {
      const at = this.slots[slot] as number;
      if (at === -1 || this.isAt(at, row)) return slot;
    }
  }

  private isAt(at: number, row: Int32Array): boolean {
    const from = at * this.width;
    for (let i = 0; i < this.width; i += 1) if (this.rows[from + i] !== row[i]) return false;
    return true;
  }

  private grow(): void {
    const rows = new Int32Array(this.rows.length * 2);
    rows.set(this.rows);
    this.rows = rows;
    const parents = new Int32Array(this.parents.length * 2);
    parents.set(this.parents);
    this.parents = parents;
    this.slots = new Int32Array(this.slots.length * 2).fill(-1);
    for (let at = 0; at < this.size; at += 1) this.slots[this.slotOf(this.row(at))] = at;
  }
}

function hash(row: Int32Array): number {
  let sum = 0;
  for (const one of row) {
    sum = Math.imul(sum ^ one, GOLDEN);
    sum ^= sum >>> 15;
  }
  return sum >>> 0;
}
