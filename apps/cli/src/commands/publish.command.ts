import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { OutgoingMessage } from '#broker';
import {
  MESSAGES,
  TimedOutError,
  parseMessage,
  type JsonValue,
  type MessageDefinition,
} from '#contracts';
import { DeadlineExceededError, withTimeout } from '#supervisor';
import type { Command } from 'commander';
import type { Session } from '../broker/session.js';
import { UsageError } from '../usage-error.js';
import type { Cli } from './cli.js';
import { interruptible } from './interruptible.js';
import { addArgument } from './values.js';

interface PublishOptions {
  readonly body?: string;
  readonly file?: string;
  readonly messageId?: string;
  readonly header?: Readonly<Record<string, JsonValue>>;
}

const CONFIRM_TIMEOUT_MS = 10_000;

const EXAMPLES = `
The body is checked against the contract of its type (docs/messages.md) before it is sent, and sent byte by byte as given.
That RabbitMQ has it is all that is said: for an answer use run, cancel, stream and the like.

Examples:
  $ signalbox publish task.pause --body '{"executionId":"0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11"}'
  $ signalbox publish task.run --file run.json --message-id nightly-2026-11-24
  $ jq -c '{create:{_index:"notes",_id:.id}},.' notes.json | signalbox publish document.index --file -`;

/** `signalbox publish`: one message as it is. */
export function addPublish(program: Command, cli: Cli): void {
  program
    .command('publish')
    .description('publish one message, checked against its contract')
    .argument('<type>', 'what it is: task.run, document.index (NDJSON)')
    .option('--body <json>', 'its body')
    .option('--file <file>', 'its body from a file; - for standard input')
    .option('--message-id <id>', 'default: a new UUID; the same id again says that it is the same')
    .option('--header <name=value>', 'a header; repeat it for more', addArgument)
    .addHelpText('after', EXAMPLES)
    .action((type: string, options: PublishOptions) =>
      interruptible(async (signal) => {
        const definition = publishable(type);
        const body = bodyOf(options);
        const routingKey = definition.routingKey(parseMessage(type, body));
        await using session = await cli.session(signal);
        const message = toMessage(definition, routingKey, body, options, session.amqpUser);
        await publish(session, message, signal);
        const { messageId } = message.properties;
        const console = cli.console();
        console.object({ messageId, type, exchange: message.exchange, routingKey });
        console.line(messageId);
      }),
    );
}

/** Throws `UsageError` for a type that does not exist, or goes to one process only. */
function publishable(type: string): MessageDefinition {
  const definition = MESSAGES.find((one) => one.type === type);
  if (definition === undefined) {
    const all = MESSAGES.filter(isPublishable).map((one) => one.type);
    throw new UsageError(
      `there is no message of type ${JSON.stringify(type)}; there are: ${all.join(', ')}`,
    );
  }
  if (isPublishable(definition)) return definition;
  throw new UsageError(
    definition.kind === 'query'
      ? `${type} is a question, and nobody would get the answer: use show, search, stream list or services`
      : `${type} is for one process only; it cannot be published by hand`,
  );
}

function isPublishable({ kind, exchange, bindingKey, queues }: MessageDefinition): boolean {
  return kind !== 'query' && exchange !== '' && (bindingKey !== undefined || queues.length > 0);
}

function bodyOf({ body, file }: PublishOptions): Buffer {
  if (body !== undefined && file !== undefined) {
    throw new UsageError('give the body by --body or by --file, not by both');
  }
  if (body !== undefined) return Buffer.from(body);
  if (file === undefined) {
    throw new UsageError(
      "no body: give it by --body '{…}', by --file FILE, or by --file - for standard input",
    );
  }
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (cause) {
    throw new UsageError(`cannot read ${file}: ${(cause as Error).message}`, { cause });
  }
}

function toMessage(
  { type, exchange, contentType, persistent }: MessageDefinition,
  routingKey: string,
  body: Buffer,
  { messageId = randomUUID(), header }: PublishOptions,
  userId: string | undefined,
): OutgoingMessage {
  return {
    exchange,
    routingKey,
    body,
    properties: {
      type,
      messageId,
      contentType,
      persistent,
      appId: 'cli',
      timestamp: Math.floor(Date.now() / 1_000),
      // Of events that only watchers read, too: whoever publishes by hand wants to know that nobody listens.
      mandatory: true,
      ...(userId !== undefined && { userId }),
      ...(header !== undefined && { headers: header }),
    },
  };
}

/** Waits for the confirm. Throws `UnroutableError`, or `TimedOutError`: then whether the broker has it is unknown. */
async function publish(
  { broker }: Session,
  message: OutgoingMessage,
  signal: AbortSignal,
): Promise<void> {
  let refusal: string | undefined;
  const send = (until: AbortSignal): Promise<void> =>
    broker.publisher.send(message, until, ({ message: why }) => (refusal = why));
  try {
    await withTimeout(send, CONFIRM_TIMEOUT_MS, { signal, onLateError: () => undefined });
  } catch (error) {
    if (!(error instanceof DeadlineExceededError)) throw error;
    const why = broker.trouble() ?? refusal ?? 'the broker does not answer';
    throw new TimedOutError(
      `${message.properties.type} was not confirmed within ${CONFIRM_TIMEOUT_MS / 1_000} s: ${why}. Whether the broker has it ` +
        `is not known: publish it again with --message-id ${message.properties.messageId}`,
      { cause: error },
    );
  }
}
