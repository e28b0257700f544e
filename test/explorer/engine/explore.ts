import { Canonical } from './canonical.ts';
import { Broken, type Model } from './model.ts';
import { StateTable } from './state-table.ts';
import { Successors } from './successors.ts';

export interface Budget {
  readonly states: number;
  readonly ms: number;
  /** From each so many-th state what is left is played to its end, without further faults. */
  readonly playEvery: number;
  readonly random: () => number;
}

export interface Found {
  readonly states: number;
  readonly steps: number;
  /** Plays to the end. */
  readonly plays: number;
  readonly ms: number;
  /** Every state that can be reached was seen. */
  readonly isComplete: boolean;
  /** The first promise that was seen broken, by the shortest way there. */
  readonly broken?: {
    readonly promise: string;
    readonly why: string;
    readonly trace: readonly string[];
  };
}

/** More steps without a fault than any end needs: it would go on for ever. */
const ENDLESS = 1_000;

/** Tries everything that may happen, shortest histories first, until a promise is broken, all is seen, or the budget is spent. */
export function explore<P extends object>(model: Model<P>, budget: Budget): Found {
  return new Exploration(model, budget).run();
}

class Exploration<P extends object> {
  private readonly successors: Successors<P>;
  private readonly canonical: Canonical;
  private readonly table: StateTable;
  private readonly startedAt = performance.now();
  private steps = 0;
  private plays = 0;
  private readonly budget: Budget;

  constructor(model: Model<P>, budget: Budget) {
    this.budget = budget;
    this.successors = new Successors(model);
    const { names, interner } = this.successors;
    this.canonical = new Canonical(names, model.symmetries, interner);
    this.table = new StateTable(names.length);
  }

  run(): Found {
    this.table.add(this.canonical.of(this.successors.start()), -1);
    for (let at = 0; at < this.table.size; at += 1) {
      if (at % 256 === 0 && this.isSpent) return this.found({ isComplete: false });
      const found = this.expand(at);
      if (found) return found;
    }
    return this.found({ isComplete: true });
  }

  private get isSpent(): boolean {
    return (
      this.table.size >= this.budget.states || performance.now() - this.startedAt > this.budget.ms
    );
  }

  private expand(at: number): Found | undefined {
    const row = this.table.row(at).slice();
    const steps = this.successors.of(row, true);
    for (const step of steps) {
      this.steps += 1;
      if (step.broken) return this.counterexample(at, step.broken, [step.row]);
      const next = this.table.add(this.canonical.of(step.row), at);
      if (next < 0) continue;
      const broken = this.successors.broken(step.row);
      if (broken) return this.counterexample(at, broken, [step.row]);
    }
    if (steps.every(({ isFault }) => isFault)) {
      const broken = this.successors.brokenAtRest(row);
      if (broken) return this.counterexample(at, broken, []);
    }
    return at % this.budget.playEvery === 0 ? this.play(at, row) : undefined;
  }

  /** Plays on without faults; whatever happens, it has an end, and all is well there. */
  private play(from: number, start: Int32Array): Found | undefined {
    this.plays += 1;
    const rows: Int32Array[] = [];
    let row = start;
    while (rows.length < ENDLESS) {
      const steps = this.successors.of(row, false);
      const step = steps[Math.floor(this.budget.random() * steps.length)];
      if (step) rows.push(step.row);
      const broken = step
        ? (step.broken ?? this.successors.broken(step.row))
        : this.successors.brokenAtRest(row);
      if (broken) return this.counterexample(from, broken, rows);
      if (!step) return undefined;
      row = step.row;
    }
    const why = `after ${ENDLESS} steps without a fault things still happen`;
    return this.counterexample(from, new Broken('L5', why), rows.slice(0, 200));
  }

  private counterexample(at: number, broken: Broken, last: readonly Int32Array[]): Found {
    const { promise, message: why } = broken;
    const way = this.table
      .pathTo(at)
      .slice(1)
      .map((one) => this.table.row(one));
    const trace = this.labelsOf([...way, ...last.map((row) => this.canonical.of(row))]);
    return this.found({ isComplete: false, broken: { promise, why, trace } });
  }

  /** Goes the way again, with the names as they are in it: each state stands here under whichever names stand for it. */
  private labelsOf(way: readonly Int32Array[]): string[] {
    let row = this.successors.start();
    return way.map((wanted) => {
      const steps = this.successors.of(row, true);
      const step = steps.find((one) => same(this.canonical.of(one.row), wanted));
      if (!step)
        throw new Error('the way to a state is not found again: a step is not deterministic');
      row = step.row;
      return step.label;
    });
  }

  private found(end: Pick<Found, 'isComplete' | 'broken'>): Found {
    const ms = Math.round(performance.now() - this.startedAt);
    return { states: this.table.size, steps: this.steps, plays: this.plays, ms, ...end };
  }
}

function same(one: Int32Array, other: Int32Array): boolean {
  return one.every((id, at) => id === other[at]);
}
