import { SignalboxError } from '#contracts';

/** The first property in which a queue or exchange of the broker is not as it should be: the broker names no others. */
export interface Drift {
  readonly kind: 'queue' | 'exchange';
  readonly name: string;
  readonly vhost: string;
  /** An argument (`x-max-length`), or `type`, `durable`, `auto_delete`, `internal`, `exclusive`. */
  readonly property: string;
  /** `none` where it is not set; as in `wanted`. */
  readonly there: string;
  readonly wanted: string;
}

/** The broker has a queue or exchange of this name with other properties. Nothing was changed, and nothing is ever deleted. */
export class TopologyMismatchError extends SignalboxError {
  constructor(
    readonly drift: Drift,
    cause: unknown,
  ) {
    const { kind, name, property, there, wanted } = drift;
    super(
      'topology-mismatch',
      `${kind} ${name} exists on the broker with other properties: ${property} is ${there} there, and should be ${wanted} ` +
        `(RabbitMQ names only the first that differs). It cannot be changed in place, and nothing was: ${adviceFor(drift)}`,
      { cause },
    );
  }
}

const INEQUIVALENT =
  /inequivalent arg '([^']*)' for (queue|exchange) '(.*)' in vhost '(.*)': received (.+) but current is ('.*'|none|the value .*'|true|false)/;
const LOCKED = /cannot obtain exclusive access to locked queue '(.*)' in vhost '(.*?)'/;

/** Reads what the broker says when it refuses a declaration; undefined when it is about something else. */
export function driftIn(refusal: string): Drift | undefined {
  const [, property = '', kind, name = '', vhost = '', wanted = '', there = ''] =
    INEQUIVALENT.exec(refusal) ?? [];
  if (kind === 'queue' || kind === 'exchange') {
    return { kind, name, vhost, property, there: valueIn(there), wanted: valueIn(wanted) };
  }
  const [locked, queue = '', itsVhost = ''] = LOCKED.exec(refusal) ?? [];
  if (locked === undefined) return undefined;
  const exclusive = { property: 'exclusive', there: 'true', wanted: 'false' };
  return { kind: 'queue', name: queue, vhost: itsVhost, ...exclusive };
}

/** `'5'`, `the value '5' of type 'byte'`, or `none`. */
function valueIn(text: string): string {
  return /^(?:the value )?'(.*?)'(?: of type '\w*')?$/.exec(text)?.[1] ?? text;
}

function adviceFor({ kind, name, vhost, property }: Drift): string {
  if (property === 'exclusive') return `end the connection that holds ${name}, and try again`;
  return kind === 'queue'
    ? `stop what publishes to it, let it run empty, delete it (rabbitmqctl delete_queue ${name} -p ${vhost}), and ` +
        `start the service again`
    : `stop the services, delete it (rabbitmqadmin -V ${vhost} delete exchange name=${name}), and start all of them again`;
}
