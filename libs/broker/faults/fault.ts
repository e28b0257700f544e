import { Stage, type StageOptions } from './stage.ts';

/** One way in which things go wrong while documents are published and consumed. */
export interface Fault {
  readonly name: string;
  /** It stops or starves the broker, so that the broker must be the test's own. */
  readonly needsOwnBroker?: boolean;
  /**
   * Lets all messages of the stage through, with the fault in the middle, until all that was confirmed is settled or dead.
   * Resolves with what else was promised and did not hold, a sentence each.
   */
  readonly run: (stage: Stage) => Promise<readonly string[]>;
}

/** What a fault did to the messages. */
export interface FaultResult {
  /** Every promise that was broken; empty when all held. */
  readonly violations: readonly string[];
  readonly facts: Readonly<Record<string, number>>;
}

/** Runs one fault on a broker and closes the ledger: nothing confirmed is lost, every doubled delivery is explained, the queue is empty. */
export async function runFault(fault: Fault, options: StageOptions): Promise<FaultResult> {
  const startedAt = performance.now();
  await using stage = await Stage.open(options);
  const broken = await fault.run(stage);
  const left = await stage.left();
  const { ledger, counted } = stage;
  const { republished, reconnected, returned } = counted;
  const violations = [
    ...broken,
    ...ledger.violations({ expected: options.messages, republished }),
    ...(left > 0 ? [`${left} messages are left in the queue`] : []),
  ];
  const tookMs = Math.round(performance.now() - startedAt);
  const facts = { ...ledger.totals, republished, reconnected, returned, tookMs };
  return { violations: violations.map((one) => `${fault.name}: ${one}`), facts };
}
