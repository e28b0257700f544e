/** Every fault of the broker library, one after the other, each under twenty thousand messages: nothing confirmed is lost. */
import path from 'node:path';
import { FAULTS } from '../../libs/broker/faults/faults.ts';
import { runFault } from '../../libs/broker/faults/fault.ts';
import { groundOn } from '../../libs/broker/faults/ground.ts';
import { HOSTILE } from '../../libs/broker/faults/hostile-fault.ts';
import { startRabbitMq } from '../../tools/servers/rabbitmq.ts';
import type { SoakResult, SoakRun } from '../../tools/soak/definition.ts';

const MESSAGES = 20_000;
const HOSTILE_MESSAGES = 10_000;
/** What services have. */
const HEARTBEAT_SECONDS = 5;

export async function soak({ keeper, dir, random, log, signal }: SoakRun): Promise<SoakResult> {
  const broker = await startRabbitMq({ keeper, dir: path.join(dir, 'rabbitmq') });
  const violations: string[] = [];
  const sums: Record<string, number> = { faults: 0 };
  const runs = [
    ...FAULTS.map((fault) => ({ fault, messages: MESSAGES })),
    { fault: HOSTILE, messages: HOSTILE_MESSAGES },
  ];
  for (const { fault, messages } of runs) {
    signal.throwIfAborted();
    const ground = await groundOn(broker);
    const options = { ground, messages, random, heartbeatSeconds: HEARTBEAT_SECONDS };
    const { violations: broken, facts } = await runFault(fault, options);
    await ground.drop();
    violations.push(...broken);
    log(`${fault.name}: ${JSON.stringify(facts)}`);
    sums.faults = (sums.faults ?? 0) + 1;
    for (const [name, count] of Object.entries(facts)) {
      if (name !== 'tookMs') sums[name] = (sums[name] ?? 0) + count;
    }
  }
  return { violations, facts: sums };
}
