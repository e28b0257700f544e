/**
 * A process that consumes documents until SIGTERM, then drains: `node consume-until-sigterm.ts AMQP_URL WORK_MS`. Writes
 * `begin ID REDELIVERED` and `end ID` for each.
 */
import { randomUUID } from 'node:crypto';
import { Broker, BrokerServer, NO_LOG, type DeliveryContext } from '#broker';
import type { IndexDocuments } from '#contracts';
import { sleep } from '#supervisor';

const GRACE_MS = 10_000;

const [url = '', workMs = '0'] = process.argv.slice(2);
const broker = new Broker({ url, service: 'indexer', processId: randomUUID(), log: NO_LOG });
broker.start();
await broker.ready();
const transport = new BrokerServer(broker, {
  queues: [{ queue: 'indexer.documents', prefetch: 32 }],
});
const handler = async (
  { documents }: IndexDocuments,
  { message }: DeliveryContext,
): Promise<void> => {
  const [{ id } = { id: '' }] = documents;
  process.stdout.write(`begin ${id} ${message.redelivered}\n`);
  await sleep(Number(workMs));
  process.stdout.write(`end ${id}\n`);
};
transport.addHandler('document.index', handler as never, true);

async function stop(): Promise<void> {
  await transport.drain(GRACE_MS);
  await broker.close();
  process.exit(0);
}

process.once('SIGTERM', () => {
  stop().catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
});
await transport.listen((error) => {
  if (error !== undefined) throw error as Error;
});
