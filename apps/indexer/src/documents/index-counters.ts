/** What an indexer has done with an index since it started. */
export interface IndexCounts {
  readonly written: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly parked: number;
}

/** No more indices are counted by name: names come from documents, and memory must not follow input. */
const MAX_INDICES = 10_000;

/** Cumulative counts by index, and which of them changed. */
export class IndexCounters {
  private readonly counts = new Map<string, Record<keyof IndexCounts, number>>();
  private changed = new Set<string>();

  /** Counts one document. */
  add(index: string, what: keyof IndexCounts): void {
    let counts = this.counts.get(index);
    if (counts === undefined) {
      if (this.counts.size >= MAX_INDICES) return;
      counts = { written: 0, duplicates: 0, rejected: 0, parked: 0 };
      this.counts.set(index, counts);
    }
    counts[what] += 1;
    this.changed.add(index);
  }

  of(index: string): IndexCounts {
    return { written: 0, duplicates: 0, rejected: 0, parked: 0, ...this.counts.get(index) };
  }

  /** The indices whose counts changed since the last call. */
  takeChanged(): ReadonlySet<string> {
    const { changed } = this;
    this.changed = new Set();
    return changed;
  }

  /** Returns them with the next `takeChanged`, changed or not. */
  stillChanged(indices: Iterable<string>): void {
    for (const index of indices) this.changed.add(index);
  }
}
