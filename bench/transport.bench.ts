/**
 * Publishing and consuming through RabbitMQ: our library beside amqplib alone, Nest's own transport and rabbitmq-client, with the same
 * guarantees. *Publish*: persistent, mandatory, confirmed, at most 1,000 unconfirmed. *Consume*: at most 100 unsettled, each message
 * parsed, handled by a function that does nothing, and acknowledged after it. Ours checks each body against its contract, both ways.
 */
import type { Ratio, Subject } from '../tools/bench/definition.ts';
import { spread } from '../tools/bench/summary.ts';
import { conditionsOf } from './clients/queue.ts';
import { amqplib } from './transport/amqplib.ts';
import type { Client } from './transport/client.ts';
import { BODY_BYTES, READING, WINDOW } from './transport/conditions.ts';
import { nest } from './transport/nest.ts';
import { rabbitmqClient } from './transport/rabbitmq-client.ts';
import { consuming, publishing, type Spent } from './transport/runs.ts';
import { signalbox } from './transport/signalbox.ts';

const clients = { signalbox, amqplib, nest, 'rabbitmq-client': rabbitmqClient };

/** Processor time for each message, in microseconds, of every run. */
const costs = new Map<string, number[]>();

export const subjects: Readonly<Record<string, Subject>> = Object.fromEntries(
  Object.entries(clients).flatMap(([name, client]) => [
    [`publish ${name}`, rate(`publish ${name}`, publishing, client)],
    [`consume ${name}`, rate(`consume ${name}`, consuming, client)],
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
    ...(await conditionsOf(READING)),
    bodyBytes: BODY_BYTES,
    window: WINDOW,
  };
}

/**
 * Processor time of this process for each message, medians over the rounds, in microseconds. `handlerOverheadUs` is what our contract check,
 * supervisor and Nest handler add to a message that amqplib delivers and JSON.parse reads, round by round.
 */
export async function figures(): Promise<Record<string, number>> {
  const medians = [...costs].map(([name, all]) => [`cpuUs ${name}`, spread(all).median] as const);
  const raw = costs.get('consume amqplib')!;
  const overheads = costs.get('consume signalbox')!.map((cost, round) => cost - raw[round]!);
  const { median, min, max } = spread(overheads);
  return {
    ...Object.fromEntries(medians),
    handlerOverheadUs: median,
    handlerOverheadUsMin: min,
    handlerOverheadUsMax: max,
  };
}

type Run = (client: Client, count: number, signal: AbortSignal) => Promise<Spent>;

function rate(name: string, run: Run, client: Client): Subject {
  costs.set(name, []);
  return async ({ brief, signal }) => {
    const count = brief ? 500 : 20_000;
    const { seconds, cpuSeconds, sent, received } = await run(client, count, signal);
    costs.get(name)!.push((cpuSeconds / count) * 1e6);
    return { value: count / seconds, unit: 'messages/s', sent, received };
  };
}
