import { EXCHANGES, QUEUES, type QueueDefinition } from '#contracts';
import { code, table } from './markdown.ts';

const queues = Object.values(QUEUES);

/** The section about exchanges and queues. */
export function topology(): string {
  return [
    '## Exchanges',
    table(
      ['exchange', 'type', 'carries'],
      Object.values(EXCHANGES).map(({ name, type, carries }) => [code(name), type, carries]),
    ),
    '## Queues',
    ABOUT,
    table(
      ['queue', 'read by', 'carries', 'bound to'],
      queues.map((queue) => [
        code(queue.name),
        queue.kind === 'dead' ? 'people' : queue.readBy,
        queue.carries,
        boundTo(queue),
      ]),
    ),
    'Their arguments; a queue of the same name with others is an error at start.',
    argumentsTable(),
    CONTROL,
  ].join('\n\n');
}

const ABOUT =
  'Every queue is a quorum queue that refuses what it has no room for. What its reader cannot handle goes to `<queue>.dead`, by `signalbox.dead`, and waits there for a person. Offers that no worker takes go back to `status.record`.';

const CONTROL =
  "Beside these, each instance has `<service>.control.<instanceId>`: classic, exclusive, deleted with its consumer. It is bound to `signalbox.control` by the instance id; a task-runner's also to `signalbox.commands` by `task.cancel`. An instance is alive as long as its control queue exists.";

/** Keys by exchange. */
function boundTo({ bindings }: QueueDefinition): string {
  const exchanges = [...new Set(bindings.map(({ exchange }) => exchange))];
  return exchanges
    .map((exchange) => {
      const keys = bindings.filter((binding) => binding.exchange === exchange);
      return `${exchange}: ${keys.map(({ key }) => code(key)).join(' ')}`;
    })
    .join('; ');
}

/** One row for queues that have the same arguments. */
function argumentsTable(): string {
  const alike = new Map<string, string[]>();
  for (const { name, arguments: args } of queues) {
    const words = Object.entries(args)
      .map(([argument, value]) => code(`${argument}: ${value}`))
      .join(' ');
    alike.set(words, [...(alike.get(words) ?? []), code(name)]);
  }
  return table(
    ['queues', 'arguments'],
    [...alike].map(([words, names]) => [names.join(' '), words]),
  );
}
