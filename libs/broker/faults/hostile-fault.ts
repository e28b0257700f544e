import { DEAD_LETTER_HEADERS, PublishRefusedError, type DeliveryContext } from '#broker';
import {
  InvalidMessageError,
  parseMessage,
  SearchDocumentsAnswered,
  type IndexDocuments,
} from '#contracts';
import { eventually } from '../../../tools/testing/eventually.ts';
import type { Fault } from './fault.ts';
import { transportOf } from '../testing/transport.ts';
import { goodMessage, hostileMessages, type HostileMessage } from './hostile-messages.ts';
import type { Stage } from './stage.ts';

const QUEUES = ['indexer.documents', 'indexer.queries'] as const;
/** After so many hostile messages comes one that can be read. */
const GOOD_EVERY = 20;
const AT_ONCE = 50;

/** What was found in a dead-letter queue. */
interface Letter {
  readonly code: string;
  readonly body: Buffer;
}

/**
 * Malformed, truncated, oversized, mistyped and deeply nested bodies in odd envelopes: every one that cannot be read is a dead letter
 * as it was, with the code its contract has for it, and the readers go on.
 */
export const HOSTILE: Fault = {
  name: 'bodies are hostile',
  run: async (stage) => {
    const letters = await collectLetters(stage);
    await read(stage);
    const seed = Math.floor(stage.random() * 2 ** 31);
    const messages = hostileMessages(stage.messages, seed).map((message, n) =>
      n % GOOD_EVERY === GOOD_EVERY - 1 ? goodMessage(message.key) : message,
    );
    await publish(stage, messages);
    await stage.allSettled();
    await eventually('every letter is read', () => letters.size >= stage.ledger.totals.dead);
    const broken = messages.flatMap((message, n) => judge(message, letters.get(`f-${n}`), n));
    return [...broken.slice(0, 20), ...stage.errors.slice(0, 5)];
  },
};

/** Undefined for a message that can be read. */
function expectedCode({ key, body, properties }: HostileMessage): string | undefined {
  const type = properties.type || key;
  if (type !== key && !key.startsWith(`${type}.`)) return 'type-mismatch';
  try {
    parseMessage(type, body);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidMessageError) return error.code;
    throw error;
  }
}

function judge(message: HostileMessage, letter: Letter | undefined, n: number): string[] {
  const expected = expectedCode(message);
  const what = `message ${n} (${message.key}, ${JSON.stringify(message.properties)}, ${message.body.length} bytes)`;
  if (letter?.code !== expected) {
    return [`${what} should be ${expected ?? 'read'}, is ${letter?.code ?? 'read'}`];
  }
  return letter === undefined || letter.body.equals(message.body)
    ? []
    : [`the letter of ${what} has another body`];
}

async function read(stage: Stage): Promise<void> {
  const note = ({ message }: DeliveryContext): void => {
    stage.ledger.noteDelivered(message.messageId, message.redelivered);
    stage.ledger.noteSettled(message.messageId);
  };
  const queues = QUEUES.map((queue) => ({ queue, prefetch: 16 }));
  const index = async (_: IndexDocuments, context: DeliveryContext): Promise<void> => note(context);
  const search = async (_: object, context: DeliveryContext): Promise<object> => {
    note(context);
    return Object.assign(new SearchDocumentsAnswered(), { hits: [], total: 0 });
  };
  const handlers = { 'document.index': index, 'document.search': search };
  await stage.listen(transportOf(stage.broker, queues, handlers));
}

/** Publishes as any client may. */
async function publish(stage: Stage, messages: readonly HostileMessage[]): Promise<void> {
  const channel = await stage.onlooker.openChannel('publish');
  const publishOne = async (message: HostileMessage, id: string): Promise<void> => {
    const { key, body, properties } = message;
    const { type, ...about } = properties;
    await channel
      .publish({
        exchange: 'signalbox.commands',
        routingKey: key,
        body,
        // Without a type the routing key is one.
        properties: { ...about, messageId: id, ...(type && { type }), mandatory: true } as never,
      })
      .catch(async (error: unknown) => {
        if (!(error instanceof PublishRefusedError)) throw error;
        await publishOne(message, id);
      });
    stage.ledger.noteConfirmed(id);
  };
  for (let from = 0; from < messages.length; from += AT_ONCE) {
    const some = messages.slice(from, from + AT_ONCE);
    await Promise.all(some.map((message, n) => publishOne(message, `f-${from + n}`)));
  }
  await channel.close();
}

async function collectLetters(stage: Stage): Promise<ReadonlyMap<string, Letter>> {
  const letters = new Map<string, Letter>();
  await stage.declare(QUEUES);
  const channel = await stage.onlooker.openChannel('consume');
  for (const queue of QUEUES) {
    await channel.consume(
      `${queue}.dead`,
      (letter) => {
        const { messageId, headers } = letter.properties;
        const code = String(headers?.[DEAD_LETTER_HEADERS.code]);
        letters.set(String(messageId), { code, body: letter.content });
        stage.ledger.noteDead(String(messageId));
        channel.ack(letter);
      },
      { prefetch: 100 },
    );
  }
  return letters;
}
