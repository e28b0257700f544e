import {
  EXCHANGES,
  MESSAGES,
  type ExchangeDefinition,
  type ExchangeName,
  type MessageDefinition,
} from '#contracts';

const REPLIES = 'replies';

/** An AsyncAPI 3 document: Signalbox as seen by who talks to it, the talk among its services included. */
export function asyncApi(version: string): object {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Signalbox',
      version,
      description:
        'Runs jobs on fleets of hosts, follows their live HTTP streams, and makes what they say searchable.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    channels: channels(),
    operations: operations(),
    components: { messages: messages() },
  };
}

/** One channel for each routing key, one for all replies. */
function channels(): Record<string, object> {
  const keyed = MESSAGES.filter((definition) => definition.exchange !== '');
  const replies = MESSAGES.filter((definition) => definition.exchange === '');
  return {
    ...Object.fromEntries(keyed.map((definition) => [definition.type, keyedChannel(definition)])),
    [REPLIES]: {
      address: null,
      description: 'The replyTo of the request, over the default exchange.',
      messages: Object.fromEntries(replies.map(({ type }) => [type, messageRef(type)])),
    },
  };
}

function keyedChannel({ type, kind, exchange }: MessageDefinition): object {
  const { name, type: exchangeType }: ExchangeDefinition = EXCHANGES[exchange as ExchangeName];
  const parameter = PARAMETERS[kind];
  return {
    address: parameter ? parameter.address(type) : type,
    messages: { [type]: messageRef(type) },
    ...(parameter && { parameters: { [parameter.name]: { description: parameter.description } } }),
    bindings: {
      amqp: {
        is: 'routingKey',
        exchange: { name, type: exchangeType, durable: true, autoDelete: false },
        bindingVersion: '0.3.0',
      },
    },
  };
}

interface Parameter {
  readonly name: string;
  readonly description: string;
  readonly address: (type: string) => string;
}

/** What of a routing key is not fixed. */
const PARAMETERS: Partial<Record<MessageDefinition['kind'], Parameter>> = {
  event: {
    name: 'id',
    description: 'What the event is about: an execution, a stream, an index or an instance.',
    address: (type) => `${type}.{id}`,
  },
  offer: { name: 'queue', description: 'The work queue.', address: () => '{queue}' },
  control: { name: 'instanceId', description: 'The instance.', address: () => '{instanceId}' },
};

function operations(): Record<string, object> {
  return Object.fromEntries(MESSAGES.filter(({ kind }) => kind !== 'reply').map(operation));
}

function operation({ type, kind, summary }: MessageDefinition): [string, object] {
  const asked = kind === 'command' || kind === 'query';
  const answers = repliesTo(kind, type);
  return [
    type,
    {
      action: asked ? 'receive' : 'send',
      channel: { $ref: `#/channels/${type}` },
      summary,
      messages: [{ $ref: `#/channels/${type}/messages/${type}` }],
      ...(answers.length > 0 && {
        reply: {
          address: { location: '$message.header#/replyTo' },
          channel: { $ref: `#/channels/${REPLIES}` },
          messages: answers.map((answer) => ({
            $ref: `#/channels/${REPLIES}/messages/${answer}`,
          })),
        },
      }),
    },
  ];
}

function repliesTo(kind: MessageDefinition['kind'], type: string): string[] {
  if (kind === 'query') return [`${type}.answered`, 'query.failed'];
  if (kind === 'command') return ['command.accepted', 'command.rejected'];
  if (type === 'lease.acquire') return ['lease.granted', 'lease.held', 'lease.closed'];
  return type === 'lease.resume' ? ['lease.resumed'] : [];
}

function messages(): Record<string, object> {
  return Object.fromEntries(
    MESSAGES.map((definition) => [definition.type, messageObject(definition)]),
  );
}

function messageObject({ type, contract, summary, contentType }: MessageDefinition): object {
  return {
    name: type,
    title: contract.name,
    summary,
    contentType,
    payload:
      contentType === 'application/json'
        ? { $ref: `./schemas/${type}.schema.json` }
        : { type: 'string', description: 'An action line and a document, a line each.' },
  };
}

function messageRef(type: string): object {
  return { $ref: `#/components/messages/${type}` };
}
