import { canonicalJson } from '#contracts';
import type { Management } from './management.js';
import type { Drift, FoundExchange, FoundQueue, Topology } from './topology.js';

/** An exchange or a queue as the management API tells of it. */
interface Declared {
  readonly durable: boolean;
  readonly type?: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/**
 * Compares with the contracts what the AMQP user may not compare: that takes the right to declare it. Throws `ManagementError`, and
 * the signal's reason.
 */
export async function compareByApi(
  topology: Topology,
  management: Management,
  signal: AbortSignal,
): Promise<Topology> {
  const driftOf = async (
    { drift, definition: { name } }: FoundExchange | FoundQueue,
    kind: 'exchanges' | 'queues',
    wanted: Declared,
  ): Promise<Drift> => {
    if (drift.is !== 'not comparable') return drift;
    const found = (await management.get(kind, name, signal)) as Declared | undefined;
    return found === undefined ? { is: 'missing' } : compare(wanted, found);
  };
  const exchanges = await Promise.all(
    topology.exchanges.map(async (exchange): Promise<FoundExchange> => {
      const { type } = exchange.definition;
      const wanted = { durable: true, type, arguments: {} };
      return { ...exchange, drift: await driftOf(exchange, 'exchanges', wanted) };
    }),
  );
  const queues = await Promise.all(
    [...topology.queues.values()].map(async (queue): Promise<FoundQueue> => {
      const wanted = { durable: true, arguments: queue.definition.arguments };
      return { ...queue, drift: await driftOf(queue, 'queues', wanted) };
    }),
  );
  return { exchanges, queues: new Map(queues.map((queue) => [queue.definition.name, queue])) };
}

function compare(wanted: Declared, found: Declared): Drift {
  const differences = [
    ...difference('durable', wanted.durable, found.durable),
    ...(wanted.type === undefined ? [] : difference('type', wanted.type, found.type)),
    ...[...new Set([...Object.keys(wanted.arguments), ...Object.keys(found.arguments)])].flatMap(
      (name) => difference(name, wanted.arguments[name], found.arguments[name]),
    ),
  ];
  return differences.length === 0
    ? { is: 'as declared' }
    : { is: 'different', how: differences.join('; ') };
}

function difference(name: string, wanted: unknown, found: unknown): string[] {
  const [should, is] = [wanted, found].map((value) =>
    value === undefined ? 'none' : canonicalJson(value),
  );
  return should === is ? [] : [`${name} is ${is}, not ${should}`];
}
