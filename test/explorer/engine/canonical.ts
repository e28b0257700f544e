import type { Interner } from './interner.ts';
import type { Symmetry } from './model.ts';

/** The same state in each of its readings, one of which stands for all: what one worker does, the other may do as well. */
export class Canonical {
  private readonly interner: Interner;
  private readonly renamings: readonly {
    readonly from: readonly number[];
    readonly renamed: Map<number, number>;
    readonly rename: (text: string) => string;
  }[];

  constructor(names: readonly string[], symmetries: readonly Symmetry[], interner: Interner) {
    this.interner = interner;
    this.renamings = symmetries.map(({ places, rename }) => ({
      from: names.map((name) => names.indexOf(places[name] ?? name)),
      renamed: new Map(),
      rename,
    }));
  }

  of(row: Int32Array): Int32Array {
    let least = row;
    for (const renaming of this.renamings) {
      const other = row.map((_, at) =>
        this.renamed(renaming, row[renaming.from[at] as number] as number),
      );
      if (isLess(other, least)) least = other;
    }
    return least;
  }

  private renamed({ renamed, rename }: (typeof this.renamings)[number], id: number): number {
    let other = renamed.get(id);
    if (other === undefined) {
      other = this.interner.idOfText(rename(this.interner.text(id)));
      renamed.set(id, other);
    }
    return other;
  }
}

function isLess(one: Int32Array, other: Int32Array): boolean {
  for (const [at, id] of one.entries()) {
    const difference = id - (other[at] as number);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
