/** The parts of a state, by name; plain JSON. */
export type Parts = { [name: string]: unknown };

/** A promise that a step or a state breaks. */
export class Broken extends Error {
  /** As leases.md calls it: I1, L2. */
  readonly promise: string;

  constructor(promise: string, why: string) {
    super(`${promise}: ${why}`);
    this.promise = promise;
    this.name = 'Broken';
  }
}

/** Something that may happen now. */
export interface Move<P> {
  readonly label: string;
  /** Changes copies of the parts that its family works on; may throw `Broken`, and may return what is to be added to the label. */
  readonly make: (draft: P) => string | undefined | void;
  /** It is a failure: only so many happen, and none has to. */
  readonly isFault?: boolean;
}

/**
 * What one actor may do. It depends on few parts of the state and changes only those, so what follows from the same parts is
 * worked out once.
 */
export interface Family<P extends object = Parts> {
  readonly name: string;
  readonly on: readonly (keyof P & string)[];
  readonly moves: (parts: P) => readonly Move<P>[];
  /** When it can move, nothing else has to be tried first: what others do meanwhile neither helps nor hinders it. */
  readonly isUrgent?: boolean;
}

/** What must hold of these parts in every state; throws `Broken`. */
export interface Check<P extends object = Parts> {
  readonly on: readonly (keyof P & string)[];
  readonly holds: (parts: P) => void;
}

/** A renaming under which the world is the same: two workers change places. */
export interface Symmetry {
  /** For each part the one that comes in its place. */
  readonly places: Readonly<Record<string, string>>;
  readonly rename: (text: string) => string;
}

/** Everything that is explored. */
export interface Model<P extends object = Parts> {
  readonly start: P;
  readonly families: readonly Family<P>[];
  readonly checks: readonly Check<P>[];
  readonly symmetries: readonly Symmetry[];
  /** What must hold where nothing happens any more by itself; throws `Broken`. */
  readonly atRest: (parts: P) => void;
}
