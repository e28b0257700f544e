import type { Keeper } from '../keeper/keeper.ts';

/** What a soak test is given. */
export interface SoakRun {
  /** The same seed makes the same choices. */
  readonly seed: number;
  /** How long to go on: what was asked for, else its `usualMinutes`; 0 for one without. */
  readonly minutes: number;
  /** Numbers from 0 up to 1, drawn from the seed. */
  readonly random: () => number;
  /** Owns what the test starts, for `startMesh` and private servers. */
  readonly keeper: Keeper;
  /** For its data; deleted at the end. */
  readonly dir: string;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

/** What a soak test found. */
export interface SoakResult {
  /** Every promise that was broken, a sentence each; empty when all held. */
  readonly violations: readonly string[];
  /** What was done and counted. */
  readonly facts: Readonly<Record<string, number | string>>;
}

/** What a file `test/soak/NAME.soak.ts` exports. */
export interface Soak {
  readonly soak: (run: SoakRun) => Promise<SoakResult>;
  /** Of a test that can go on as long as wanted. */
  readonly usualMinutes?: number;
}
