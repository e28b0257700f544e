import { randomUUID } from 'node:crypto';
import { Management } from '../../../tools/servers/management.ts';

/** A virtual host of its own on some broker. */
export interface Ground {
  readonly amqpUrl: string;
  /** With user and password. */
  readonly managementUrl: string;
  readonly vhost: string;
  /** Runs `rabbitmqctl` on the broker; only on one that the test has to itself. */
  readonly rabbitmqctl?: (...args: string[]) => Promise<string>;
  /** Stops the broker in order and starts it again; only as above. */
  readonly restart?: () => Promise<void>;
  /** Deletes the virtual host. */
  drop(): Promise<void>;
}

/** What a broker that a test started for itself can do. */
export interface OwnBroker {
  readonly url: string;
  readonly managementUrl: string;
  rabbitmqctl(...args: string[]): Promise<string>;
  restart(): Promise<void>;
}

/** A fresh virtual host on a broker that the test has to itself. */
export async function groundOn(broker: OwnBroker): Promise<Ground> {
  const vhost = `fault-${randomUUID()}`;
  const management = new Management(broker.managementUrl);
  await management.createVhost(vhost);
  const url = new URL(broker.url);
  url.pathname = `/${vhost}`;
  return {
    amqpUrl: url.href,
    managementUrl: broker.managementUrl,
    vhost,
    rabbitmqctl: (...args) => broker.rabbitmqctl(...args),
    restart: () => broker.restart(),
    drop: () => management.deleteVhost(vhost),
  };
}
