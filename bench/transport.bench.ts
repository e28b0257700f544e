/**
 * Publishing and consuming through RabbitMQ: our library beside amqplib alone, Nest's own transport and rabbitmq-client, with the same
 * guarantees. *Publish*: persistent, mandatory, confirmed, at most 1,000 unconfirmed. *Consume*: at most 100 unsettled, each message
 * parsed, handled by a function that does nothing, and acknowledged after it. Ours checks each body against its contract, both ways.
 */
import type { BenchRun, Ratio, Subject } from '../tools/bench/definition.ts';
import { amqplib } from './transport/amqplib.ts';
import { brokerConditions } from './transport/broker.ts';
import type { Client } from './transport/client.ts';
import { BODY_BYTES, PREFETCH, QUEUE, WINDOW } from './transport/conditions.ts';
import { nest } from './transport/nest.ts';
import { rabbitmqClient } from './transport/rabbitmq-client.ts';
import { queueTypeOf } from './transport/queue.ts';
import { consuming, publishing, type Spent } from './transport/runs.ts';
import { signalbox } from './transport/signalbox.ts';

const clients = { signalbox, amqplib, nest, 'rabbitmq-client': rabbitmqClient };

export const subjects: Readonly<Record<string, Subject>> = Object.fromEntries(
  Object.entries(clients).flatMap(([name, client]) => [
    [`publish ${name}`, rate(publishing, client)],
    [`consume ${name}`, rate(consuming, client)],
  ]),
);

export const ratios: Readonly<Record<string, Ratio>> = {
  publishVsAmqplib: { of: 'publish signalbox', to: 'publish amqplib', goal: { atLeast: 0.9 } },
  consumeVsAmqplib: { of: 'consume signalbox', to: 'consume amqplib', goal: { atLeast: 0.9 } },
  publishVsNest: { of: 'publish signalbox', to: 'publish nest', goal: { atLeast: 1.5 } },
  consumeVsNest: { of: 'consume signalbox', to: 'consume nest', goal: { atLeast: 1.5 } },
};

export const needs = ['rabbitmq'] as const;

export async function conditions() {
  return {
    ...(await brokerConditions()),
    queueType: queueTypeOf(QUEUE),
    bodyBytes: BODY_BYTES,
    window: WINDOW,
    prefetch: PREFETCH,
    noDelay: true,
  };
}

/** What our contract check, supervisor and Nest handler add to a message that amqplib delivers and JSON.parse reads, in processor time. */
export async function figures(run: BenchRun): Promise<Record<string, number>> {
  const cost = async (client: Client): Promise<number> => {
    const { cpuSeconds, sent } = await consuming(client, countOf(run), run.signal);
    return (cpuSeconds / sent) * 1e6;
  };
  const overheads: number[] = [];
  for (let round = 1; round <= (run.brief ? 1 : 5); round += 1) {
    overheads.push((await cost(signalbox)) - (await cost(amqplib)));
  }
  overheads.sort((a, b) => a - b);
  const [median, min, max] = [overheads[overheads.length >> 1]!, overheads[0]!, overheads.at(-1)!];
  return {
    handlerOverheadUs: rounded(median),
    handlerOverheadUsMin: rounded(min),
    handlerOverheadUsMax: rounded(max),
  };
}

type Run = (client: Client, count: number, signal: AbortSignal) => Promise<Spent>;

function rate(run: Run, client: Client): Subject {
  return async (bench) => {
    const count = countOf(bench);
    const { seconds, sent, received } = await run(client, count, bench.signal);
    return { value: count / seconds, unit: 'messages/s', sent, received };
  };
}

function countOf({ brief }: BenchRun): number {
  return brief ? 500 : 30_000;
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
