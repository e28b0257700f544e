import { randomUUID } from 'node:crypto';
import { incomingMessage } from '#broker';
import { ExecutionChanged, ExecutionFinished, parseMessage, TargetsChanged } from '#contracts';
import { messageOf } from '#supervisor';
import type { Session } from '../broker/session.js';
import type { ExecutionView } from './execution-view.js';

/** Whoever wants to hear that something went wrong, in words. */
type Warn = (text: string) => void;

/**
 * Shows the events of an execution from now on, for as long as the session's connection lasts: it is not opened again. An event
 * that cannot be read is skipped, with a warning. Rejects when the broker does not let us listen.
 */
export async function showEvents(
  session: Session,
  executionId: string,
  view: ExecutionView,
  warn: Warn,
): Promise<void> {
  const channel = await session.broker.openChannel('consume');
  const queue = `watch.${session.user}.${randomUUID()}`;
  await channel.raw.assertQueue(queue, { exclusive: true, autoDelete: true, durable: false });
  for (const type of ['targets.changed', 'execution.changed', 'execution.finished']) {
    await channel.raw.bindQueue(queue, 'signalbox.events', `${type}.${executionId}`);
  }
  await channel.consume(
    queue,
    (delivery) => {
      const { type, body } = incomingMessage(delivery);
      const event = readEvent(type, body, warn);
      if (event !== undefined) showEvent(event, view);
    },
    { noAck: true },
  );
}

function readEvent(type: string, body: Buffer, warn: Warn): object | undefined {
  try {
    return parseMessage(type, body);
  } catch (error) {
    // Its writer may be newer than this program; whoever reads must not throw, or nothing more is heard.
    warn(`an event was skipped: ${messageOf(error)}`);
    return undefined;
  }
}

function showEvent(event: object, view: ExecutionView): void {
  if (event instanceof TargetsChanged) view.targets(event.changes);
  if (event instanceof ExecutionChanged || event instanceof ExecutionFinished) {
    view.counts(event.counts);
  }
  if (event instanceof ExecutionFinished) view.finished.open();
}
