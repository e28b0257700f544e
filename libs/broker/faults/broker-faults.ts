import { UnroutableError } from '#broker';
import { Gate } from '#supervisor';
import { eventually } from '../../../tools/testing/eventually.ts';
import { Management } from '../testing/management.ts';
import type { Fault } from './fault.ts';
import { QUEUE, type Stage } from './stage.ts';

const PATIENCE_MS = 60_000;

const RESTARTED: Fault = {
  name: 'the broker is restarted',
  needsOwnBroker: true,
  run: async (stage) => {
    await stage.consume();
    const published = stage.publish();
    await stage.atAbout(0.4);
    await stage.ground.restart!();
    await published;
    await stage.allSettled();
    return [];
  },
};

const OUT_OF_MEMORY: Fault = {
  name: 'the broker is out of memory',
  needsOwnBroker: true,
  run: async (stage) => {
    const mayEnd = new Gate();
    await stage.consume(() => mayEnd.wait());
    let next = Math.floor(stage.messages / 2);
    await stage.publish(0, next);
    await stage.ground.rabbitmqctl!('set_vm_memory_high_watermark', 'absolute', '1');
    // The first publish in an alarm is what makes the broker say that it blocks; the alarm takes a moment.
    const waiting: Promise<void>[] = [];
    const blocked = (): string | undefined => {
      waiting.push(stage.publish(next, next + 1));
      next += 1;
      return stage.broker.trouble();
    };
    await eventually('publishers are blocked', blocked, PATIENCE_MS);
    waiting.push(stage.publish(next));
    mayEnd.open();
    const settled = () => stage.ledger.missing.length === 0;
    await eventually('acknowledgements go on', settled, PATIENCE_MS);
    await eventually('nothing waits', async () => (await stage.waiting(QUEUE)) === 0);
    const during = stage.ledger.totals.confirmed;
    await stage.ground.rabbitmqctl!('set_vm_memory_high_watermark', '0.9');
    await Promise.all(waiting);
    await stage.allSettled();
    return [
      ...(during < stage.messages ? [] : ['no publish waited for the alarm to end']),
      ...(stage.counted.blocked > 0 ? [] : ['the alarm was not counted']),
    ];
  },
};

const QUEUE_FULL: Fault = {
  name: 'the queue is full',
  run: async (stage) => {
    const room = 40;
    const mayEnd = new Gate();
    await stage.consume(() => mayEnd.wait());
    await new Management(stage.ground).limitLength(`^${QUEUE}$`, room);
    const published = stage.publish();
    await eventually('publishes are refused', () => stage.counted.republished > 100, PATIENCE_MS);
    const { confirmed } = stage.ledger.totals;
    mayEnd.open();
    await published;
    await stage.allSettled();
    // A quorum queue notices its length a little late.
    const limit = 4 * (room + 64);
    return confirmed < limit ? [] : [`${confirmed} messages were confirmed by a queue of ${room}`];
  },
};

const QUEUE_DELETED: Fault = {
  name: 'the queue is deleted',
  run: async (stage) => {
    const transport = await stage.consume();
    const before = Math.floor(stage.messages * (0.3 + stage.random() * 0.4));
    await stage.publish(0, before);
    // What is in a queue goes with it, by whoever deletes it.
    await stage.allSettled();
    await stage.deleteQueue(QUEUE);
    await stage.publish(before);
    await stage.allSettled();
    await eventually('it consumes', () => transport.trouble() === undefined);
    return [];
  },
};

/** Every tenth message is followed by one that nobody reads. */
const UNROUTABLE: Fault = {
  name: 'messages are unroutable',
  run: async (stage) => {
    await stage.consume();
    const lost = Math.floor(stage.messages / 10);
    const [refusals] = await Promise.all([
      Promise.allSettled(Array.from({ length: lost }, (_, n) => publishToNobody(stage, n))),
      stage.publish(),
    ]);
    await stage.allSettled();
    const told = refusals.filter(
      (one) => one.status === 'rejected' && one.reason instanceof UnroutableError,
    ).length;
    const { returned } = stage.counted;
    return told === lost && returned === lost
      ? []
      : [`of ${lost} messages that nobody reads ${told} were refused, ${returned} counted`];
  },
};

function publishToNobody(stage: Stage, n: number): Promise<void> {
  return stage.broker.publisher.send({
    exchange: 'signalbox.commands',
    routingKey: 'nobody.reads',
    body: Buffer.from('{}'),
    properties: { messageId: `nobody-${n}`, type: 'nobody.reads', mandatory: true },
  });
}

/** What the broker and those who tend it do. */
export const BROKER_FAULTS: readonly Fault[] = [
  RESTARTED,
  OUT_OF_MEMORY,
  QUEUE_FULL,
  QUEUE_DELETED,
  UNROUTABLE,
];
