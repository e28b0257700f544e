/** The four services of the mesh. */
export const SERVICES = ['task-runner', 'streamer', 'indexer', 'status'] as const;

/** The name of a service. */
export type ServiceName = (typeof SERVICES)[number];

/** The exchanges; the default exchange (`''`) carries replies and is not listed. */
export type ExchangeName =
  | 'signalbox.commands'
  | 'signalbox.events'
  | 'signalbox.work'
  | 'signalbox.control'
  | 'signalbox.dead';

/** The durable queues that services read. */
export type LiveQueueName =
  | 'status.record'
  | 'status.queries'
  | 'task-runner.work'
  | 'streamer.work'
  | 'indexer.documents'
  | 'indexer.queries';

/** The durable queues that people read: what could not be handled. */
export type DeadQueueName = `${LiveQueueName}.dead` | 'streamer.lines.dead';

/** Every durable queue. */
export type QueueName = LiveQueueName | DeadQueueName;
