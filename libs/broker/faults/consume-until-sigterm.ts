/**
 * A process that consumes documents until SIGTERM, then drains: `node consume-until-sigterm.ts AMQP_URL WORK_MS`. Writes
 * `begin ID REDELIVERED` and `end ID` for each.
 */
import { randomUUID } from 'node:crypto';
import { Broker, NO_LOG } from '#broker';
import type { IndexDocuments } from '#contracts';
import { sleep } from '#supervisor';
import { idOf } from '../testing/documents.ts';
import { listening, transportOf } from '../testing/transport.ts';

const GRACE_MS = 10_000;

const [url = '', workMs = '0'] = process.argv.slice(2);
const broker = new Broker({ url, service: 'indexer', processId: randomUUID(), log: NO_LOG });
broker.start();
await broker.ready();
const transport = transportOf(broker, [{ queue: 'indexer.documents', prefetch: 32 }], {
  'document.index': async (body: IndexDocuments, { message }) => {
    const id = idOf(body);
    process.stdout.write(`begin ${id} ${message.redelivered}\n`);
    await sleep(Number(workMs));
    process.stdout.write(`end ${id}\n`);
  },
});

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
await listening(transport);
