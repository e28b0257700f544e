import { QUEUES, type QueueDefinition, type QueueName } from '#contracts';
import type { Management } from './management.js';

/** A binding as the broker has it. */
export interface FoundBinding {
  /** The exchange. */
  readonly source: string;
  readonly routing_key: string;
  /** What the management API calls it. */
  readonly properties_key: string;
}

/** A binding that should be there, or should not. */
export interface BindingDrift {
  readonly queue: QueueName;
  readonly exchange: string;
  readonly key: string;
  /** `foreign` with what the management API calls it. */
  readonly is: { readonly missing: true } | { readonly foreign: string };
}

/** How the bindings of our queues compare with the contracts. */
export interface Bindings {
  /** How many were looked at. */
  readonly count: number;
  readonly drift: readonly BindingDrift[];
}

/** Compares the bindings of every queue that is there with the contracts. Throws `ManagementError`, and the signal's reason. */
export async function lookAtBindings(
  management: Management,
  signal: AbortSignal,
): Promise<Bindings> {
  const looked = await Promise.all(
    Object.values(QUEUES).map(async (definition) => {
      const { name } = definition;
      const get = (what: string): Promise<unknown> => management.get('queues', what, signal);
      const found = (await get(`${name}/bindings`)) as readonly FoundBinding[] | undefined;
      const compared = compareBindings(definition, found);
      // RabbitMQ tells of bindings to the queue by the default exchange although there is no such queue.
      const isThere = compared.count > 0 || (await get(name)) !== undefined;
      return isThere ? compared : compareBindings(definition, undefined);
    }),
  );
  return {
    count: looked.reduce((sum, { count }) => sum + count, 0),
    drift: looked.flatMap(({ drift }) => drift),
  };
}

/** What differs between the bindings of a queue and the contracts; nothing for a queue that is not there: that is told of the queue. */
export function compareBindings(
  { name: queue, bindings }: QueueDefinition,
  all: readonly FoundBinding[] | undefined,
): Bindings {
  if (all === undefined) return { count: 0, drift: [] };
  // The default exchange has a binding to every queue.
  const found = all.filter(({ source }) => source !== '');
  const isFound = (exchange: string, key: string): boolean =>
    found.some((one) => one.source === exchange && one.routing_key === key);
  const isWanted = ({ source, routing_key }: FoundBinding): boolean =>
    bindings.some(({ exchange, key }) => exchange === source && key === routing_key);
  const missing = bindings.filter(({ exchange, key }) => !isFound(exchange, key));
  const foreign = found.filter((one) => !isWanted(one));
  return {
    count: found.length,
    drift: [
      ...missing.map((one) => ({ ...one, queue, is: { missing: true } as const })),
      ...foreign.map(({ source: exchange, routing_key: key, properties_key }) => {
        return { queue, exchange, key, is: { foreign: properties_key } };
      }),
    ],
  };
}
