/**
 * Request and reply over RabbitMQ, one at a time: our requester and query handler beside amqplib alone with direct reply-to, Nest's own
 * transport and rabbitmq-client. Asker and answerer are in this process, on connections of their own. A subject's value is the median
 * (p50) of its round; the 99th percentiles over all rounds are among the figures.
 */
import type { BenchRun, Ratio, Subject } from '../tools/bench/definition.ts';
import { conditionsOf, withQueue } from './clients/queue.ts';
import { whileOpen } from './clients/reading.ts';
import { amqplib } from './rpc/amqplib.ts';
import { ANSWER, QUESTION, READING, type Asker, type RpcClient } from './rpc/client.ts';
import { nest } from './rpc/nest.ts';
import { rabbitmqClient } from './rpc/rabbitmq-client.ts';
import { signalbox } from './rpc/signalbox.ts';

const clients = { signalbox, amqplib, nest, 'rabbitmq-client': rabbitmqClient };
const latencies = new Map<string, number[]>();

export const subjects: Readonly<Record<string, Subject>> = Object.fromEntries(
  Object.entries(clients).map(([name, client]) => [name, (run) => p50(name, client, run)]),
);

export const ratios: Readonly<Record<string, Ratio>> = {
  p50VsAmqplib: { of: 'signalbox', to: 'amqplib', goal: { atMost: 1.3 } },
};

export const needs = ['rabbitmq'] as const;

export async function conditions() {
  return {
    ...(await conditionsOf(READING)),
    questionBytes: Buffer.byteLength(JSON.stringify(QUESTION)),
    answerBytes: Buffer.byteLength(JSON.stringify(ANSWER)),
  };
}

/** The slowest of a hundred, in milliseconds. */
export async function figures(): Promise<Record<string, number>> {
  return Object.fromEntries(
    [...latencies].map(([name, all]) => [`p99Ms ${name}`, percentile(all, 0.99)]),
  );
}

async function p50(name: string, client: RpcClient, { brief, signal }: BenchRun) {
  const sent = brief ? 100 : 2_000;
  return withQueue(READING.queue, async (amqpUrl) => {
    const { all, received } = await whileOpen(await client.answering(amqpUrl), async () =>
      whileOpen(await client.asking(amqpUrl), async ({ ask }) => {
        await times(ask, sent / 10, signal); // Compiles it.
        return times(ask, sent, signal);
      }),
    );
    latencies.set(name, [...(latencies.get(name) ?? []), ...all]);
    return { value: percentile(all, 0.5), unit: 'ms', sent, received };
  });
}

/** How long each answer took, in milliseconds, and how many were right. */
async function times(ask: Asker['ask'], count: number, signal: AbortSignal) {
  const all: number[] = [];
  let received = 0;
  while (all.length < count) {
    signal.throwIfAborted();
    const askedAt = performance.now();
    const { streamId } = await ask();
    all.push(performance.now() - askedAt);
    if (streamId === ANSWER.streamId) received += 1;
  }
  return { all, received };
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Number(sorted[Math.ceil(share * sorted.length) - 1]!.toPrecision(4));
}
