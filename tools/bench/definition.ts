/** One timed run of one way to do the work. */
export interface Measurement {
  readonly value: number;
  /** `documents/s`, `ms`, `MB`: the same in every run of a bench. */
  readonly unit: string;
  /** What was put in, and what was counted at the far end: a run that lost anything is invalid. */
  readonly sent: number;
  readonly received: number;
}

/** What a run is told. */
export interface BenchRun {
  /** True in `npm run bench -- check`: as little as shows that it works. */
  readonly brief: boolean;
  /** 1 for the first round; every round runs each subject once, in random order. */
  readonly round: number;
  readonly signal: AbortSignal;
}

export type Subject = (run: BenchRun) => Promise<Measurement>;

/** A goal for one subject beside another, compared round by round. */
export interface Ratio {
  /** Names of subjects: the ratio is `of` divided by `to`. */
  readonly of: string;
  readonly to: string;
  /** The median must be this or more; or, for what should be small, this or less. */
  readonly goal: { readonly atLeast: number } | { readonly atMost: number };
}

export type ServerName = 'rabbitmq' | 'postgres' | 'opensearch';

/**
 * What a file `bench/NAME.bench.ts` exports, each under its own name. The servers it needs are
 * started for it; `freshBroker()` and `freshDatabase()` of `tools/testing/servers.ts` find them.
 */
export interface Bench {
  readonly subjects: Readonly<Record<string, Subject>>;
  readonly ratios?: Readonly<Record<string, Ratio>>;
  /** Numbers that have no rival, measured once after all rounds. */
  readonly figures?: (run: BenchRun) => Promise<Readonly<Record<string, number>>>;
  /** What the numbers depend on besides code and machine: printed, and part of the result. */
  readonly conditions?: () => Promise<Readonly<Record<string, string | number | boolean>>>;
  /** Default: RabbitMQ and PostgreSQL. */
  readonly needs?: readonly ServerName[];
}
