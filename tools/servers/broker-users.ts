import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../setup/places.js';
import { passwordOf } from './password.ts';

const FILE = path.join(ROOT, 'deploy', 'rabbitmq', 'definitions.json');

/** The part of RabbitMQ's definitions that a virtual host and a password stand in. */
interface Definitions {
  readonly users: readonly { readonly name: string }[];
  readonly permissions: readonly object[];
  readonly topic_permissions: readonly object[];
}

/** The users of a private broker, as `deploy/rabbitmq/definitions.json` has them, with passwords that nobody else knows. */
export class BrokerUsers {
  readonly #dir: string;
  readonly #vhost: string;

  /** @param dir keeps the passwords, so that they are the same after a restart of the broker */
  constructor(dir: string, vhost: string) {
    this.#dir = dir;
    this.#vhost = vhost;
  }

  /** What the broker has to load: users, their hashes, and what they may do in the virtual host. */
  definitions(): object {
    const { users, permissions, topic_permissions } = JSON.parse(
      readFileSync(FILE, 'utf8'),
    ) as Definitions;
    const here = (one: object) => ({ ...one, vhost: this.#vhost });
    return {
      users: users.map((user) => ({ ...user, password_hash: hashOf(this.#password(user.name)) })),
      vhosts: [{ name: this.#vhost }],
      permissions: permissions.map(here),
      topic_permissions: topic_permissions.map(here),
    };
  }

  /** The broker's URL for one of the users. */
  urlOf(user: string, amqpUrl: string): string {
    const url = new URL(amqpUrl);
    url.username = user;
    url.password = this.#password(user);
    return url.href;
  }

  #password(user: string): string {
    return passwordOf(path.join(this.#dir, user));
  }
}

/** A password as RabbitMQ keeps it: four bytes of salt, and the SHA-256 of salt and password. */
function hashOf(password: string): string {
  const salt = randomBytes(4);
  const digest = createHash('sha256').update(salt).update(password).digest();
  return Buffer.concat([salt, digest]).toString('base64');
}
