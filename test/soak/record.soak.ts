/** Kills, freezes and restarts whoever writes the record, PostgreSQL and RabbitMQ, again and again under load: nothing is lost or doubled. */
import type { SoakResult, SoakRun } from '../../tools/soak/definition.ts';
import { RECORD_FAULTS } from '../record-faults/faults.ts';
import { runRecordFault } from '../record-faults/record-fault.ts';
import { RecordGround } from '../record-faults/record-ground.ts';

const ROUNDS = 5;
const EXECUTIONS = 800;
const LONGEST_OUTAGE_MS = 10_000;
/** What services have. */
const HEARTBEAT_SECONDS = 5;

export async function soak({ keeper, dir, random, log, signal }: SoakRun): Promise<SoakResult> {
  await using ground = await RecordGround.open({
    keeper,
    dir,
    heartbeatSeconds: HEARTBEAT_SECONDS,
  });
  const violations: string[] = [];
  const sums: Record<string, number> = { faults: 0 };
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const fault of RECORD_FAULTS) {
      signal.throwIfAborted();
      const outageMs = Math.round(random() * LONGEST_OUTAGE_MS);
      const options = { executions: EXECUTIONS, outageMs, random };
      const { violations: broken, facts } = await runRecordFault(fault, ground, options);
      violations.push(...broken.map((one) => `round ${round}, ${one}`));
      log(`round ${round}, ${fault.name}: ${JSON.stringify(facts)}`);
      sums.faults = (sums.faults ?? 0) + 1;
      for (const [name, count] of Object.entries(facts)) {
        if (name !== 'tookMs') sums[name] = (sums[name] ?? 0) + count;
      }
    }
  }
  return { violations, facts: sums };
}
