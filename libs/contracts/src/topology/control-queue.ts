import type { ServiceName } from './names.js';
import type { Binding, QueueArguments } from './queues.js';

/** The queue by whose existence an instance is alive: exclusive, not durable, deleted with its consumer. */
export interface ControlQueueDefinition {
  readonly name: string;
  readonly arguments: QueueArguments;
  readonly durable: false;
  readonly exclusive: true;
  readonly autoDelete: true;
  readonly bindings: readonly Binding[];
}

/** The control queue of an instance. A task-runner's also hears every `task.cancel`. */
export function controlQueue(service: ServiceName, instanceId: string): ControlQueueDefinition {
  return {
    name: `${service}.control.${instanceId}`,
    arguments: { 'x-queue-type': 'classic' },
    durable: false,
    exclusive: true,
    autoDelete: true,
    bindings: [
      { exchange: 'signalbox.control', key: instanceId },
      ...(service === 'task-runner'
        ? [{ exchange: 'signalbox.commands', key: 'task.cancel' } as const]
        : []),
    ],
  };
}
