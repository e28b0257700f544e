import { Interner } from './interner.ts';
import { Broken, type Check, type Family, type Model, type Move } from './model.ts';

/** A move of a family, worked out: which parts it changes, to what. */
interface Compiled {
  readonly label: string;
  readonly isFault: boolean;
  readonly broken: Broken | undefined;
  /** Places and numbers in turn. */
  readonly writes: readonly number[];
}

/** A step from one state to the next. */
export interface Step {
  readonly label: string;
  readonly isFault: boolean;
  readonly broken: Broken | undefined;
  /** The next state; of its own for each step. */
  readonly row: Int32Array;
}

interface Memo<T> {
  readonly at: readonly number[];
  readonly known: Map<number | string, T>;
}

const NONE: readonly Compiled[] = [];

/** Works out what may follow on a state. What a family does is worked out once for each combination of its parts. */
export class Successors<P extends object> {
  readonly interner = new Interner();
  readonly names: readonly (keyof P & string)[];
  private readonly model: Model<P>;
  private readonly families: (Memo<readonly Compiled[]> & { readonly family: Family<P> })[];
  private readonly checks: (Memo<Broken | null> & { readonly check: Check<P> })[];

  constructor(model: Model<P>) {
    this.model = model;
    this.names = Object.keys(model.start) as (keyof P & string)[];
    const placesOf = (on: readonly string[]) => on.map((name) => this.names.indexOf(name as never));
    this.families = model.families.map((family) => ({
      family,
      at: placesOf(family.on),
      known: new Map(),
    }));
    this.checks = model.checks.map((check) => ({
      check,
      at: placesOf(check.on),
      known: new Map(),
    }));
  }

  start(): Int32Array {
    return Int32Array.from(this.names.map((name) => this.interner.idOf(this.model.start[name])));
  }

  parts(row: Int32Array): P {
    const entries = this.names.map((name, at) => [name, this.interner.value(row[at] as number)]);
    return Object.fromEntries(entries) as P;
  }

  /** What may follow; without faults when they are not wanted. */
  of(row: Int32Array, withFaults: boolean): Step[] {
    const steps: Step[] = [];
    for (const one of this.families) {
      if (one.family.isUrgent !== true) continue;
      this.add(steps, row, this.movesOf(one, row), withFaults);
    }
    if (steps.some(({ isFault }) => !isFault)) return steps;
    for (const one of this.families) {
      if (one.family.isUrgent !== true) this.add(steps, row, this.movesOf(one, row), withFaults);
    }
    return steps;
  }

  /** The first promise that this state breaks. */
  broken(row: Int32Array): Broken | undefined {
    for (const { check, at, known } of this.checks) {
      const key = keyOf(row, at);
      let found = known.get(key);
      if (found === undefined) {
        found = brokenBy(() => check.holds(this.read(row, check.on))) ?? null;
        known.set(key, found);
      }
      if (found !== null) return found;
    }
    return undefined;
  }

  /** What is wrong with this state as one in which nothing happens any more. */
  brokenAtRest(row: Int32Array): Broken | undefined {
    return brokenBy(() => this.model.atRest(this.parts(row)));
  }

  private add(
    steps: Step[],
    row: Int32Array,
    moves: readonly Compiled[],
    withFaults: boolean,
  ): void {
    for (const { label, isFault, broken, writes } of moves) {
      if (isFault && !withFaults) continue;
      const next = row.slice();
      for (let i = 0; i < writes.length; i += 2)
        next[writes[i] as number] = writes[i + 1] as number;
      steps.push({ label, isFault, broken, row: next });
    }
  }

  private movesOf(
    { family, at, known }: (typeof this.families)[number],
    row: Int32Array,
  ): readonly Compiled[] {
    const key = keyOf(row, at);
    let moves = known.get(key);
    if (moves === undefined) {
      moves = family
        .moves(this.read(row, family.on))
        .map((move) => this.compile(family, at, row, move));
      known.set(key, moves.length === 0 ? NONE : moves);
    }
    return moves;
  }

  private compile(
    { on }: Family<P>,
    at: readonly number[],
    row: Int32Array,
    { label, make, isFault = false }: Move<P>,
  ): Compiled {
    const draft = Object.fromEntries(
      on.map((name, i) => [name, this.interner.draft(row[at[i] as number] as number)]),
    ) as P;
    let more: string | undefined | void;
    const broken = brokenBy(() => (more = make(draft)));
    const writes = on.flatMap((name, i) => {
      const place = at[i] as number;
      const id = this.interner.idOf(draft[name]);
      return id === row[place] ? [] : [place, id];
    });
    return { label: more ? `${label} ${more}` : label, isFault, broken, writes };
  }

  private read(row: Int32Array, on: readonly (keyof P & string)[]): P {
    const entries = on.map((name) => {
      return [name, this.interner.value(row[this.names.indexOf(name)] as number)];
    });
    return Object.fromEntries(entries) as P;
  }
}

function keyOf(row: Int32Array, at: readonly number[]): number | string {
  if (at.length === 1) return row[at[0] as number] as number;
  if (at.length === 2)
    return (row[at[0] as number] as number) * 0x4000000 + (row[at[1] as number] as number);
  let key = '';
  for (const place of at)
    key += String.fromCharCode((row[place] as number) & 0x7fff, (row[place] as number) >> 15);
  return key;
}

function brokenBy(act: () => unknown): Broken | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof Broken) return error;
    throw error;
  }
}
