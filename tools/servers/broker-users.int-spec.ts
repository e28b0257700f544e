import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  BROKER_USERS,
  controlQueue,
  DEAD_QUEUES,
  EXCHANGES,
  MESSAGES,
  publishersOf,
  QUEUES,
  SERVICES,
  type ServiceName,
} from '#contracts';
import { ROOT } from '../setup/places.js';
import { BrokerDeeds, type Taken } from '../testing/broker-deeds.ts';
import { PrivateServers } from '../testing/private-servers.ts';
import { BrokerUsers } from './broker-users.ts';
import { Management } from './management.ts';
import type { RabbitMq } from './rabbitmq.ts';

jest.setTimeout(120_000);

const VHOST = 'signalbox';
const PEOPLE = ['operator', 'maintainer'] as const;
const NAMES = BROKER_USERS.map(({ name }) => name);
const exchanges = Object.values(EXCHANGES);
const queues = Object.values(QUEUES);
const keyed = MESSAGES.filter(({ bindingKey }) => bindingKey !== undefined);

let servers: PrivateServers;
let rabbit: RabbitMq;
let users: BrokerUsers;
const loggedIn = new Map<string, BrokerDeeds>();

beforeAll(async () => {
  servers = await PrivateServers.open();
  users = new BrokerUsers(path.join(servers.dir, 'users'), VHOST);
  rabbit = await servers.rabbitMq({ vhost: VHOST, definitions: users.definitions() });
  for (const name of NAMES) loggedIn.set(name, await BrokerDeeds.as(users.urlOf(name, rabbit.url)));
  for (const service of SERVICES) await declareAll(service);
});

afterAll(async () => {
  for (const deeds of loggedIn.values()) await deeds[Symbol.asyncDispose]();
  await servers.close();
});

function as(name: string): BrokerDeeds {
  return loggedIn.get(name)!;
}

/** What a service declares when it starts. */
async function declareAll(service: ServiceName): Promise<void> {
  const taken = await as(service).attempt(async (channel) => {
    for (const { name, type } of exchanges) await channel.assertExchange(name, type);
    for (const { name, readBy, arguments: args, bindings } of queues) {
      if (readBy !== service) continue;
      await channel.assertQueue(name, { arguments: args });
      for (const { exchange, key } of bindings) await channel.bindQueue(name, exchange, key);
    }
  });
  expect(taken).toBe('done');
}

/** Tries everything that can be done to a queue, except to look at how full it is; resolves with how each was taken. */
async function takenOf(user: BrokerDeeds, queue: string): Promise<Record<string, Taken>> {
  const args = queues.find(({ name }) => name === queue)?.arguments;
  const [declare, bind, get, consume, purge, remove] = await Promise.all([
    user.attempt((channel) => channel.assertQueue(queue, { arguments: args })),
    user.attempt((channel) => channel.bindQueue(queue, 'signalbox.events', 'status.tick')),
    user.attempt((channel) => channel.get(queue)),
    user.attempt((channel) => channel.consume(queue, () => {})),
    user.attempt((channel) => channel.purgeQueue(queue)),
    user.attempt((channel) => channel.deleteQueue(queue)),
  ]);
  return { declare, bind, get, consume, purge, remove };
}

const ALL_REFUSED: Readonly<Record<string, Taken>> = {
  declare: 'refused',
  bind: 'refused',
  get: 'refused',
  consume: 'refused',
  purge: 'refused',
  remove: 'refused',
};

/** The types of the messages with a routing key of their own that a user may publish, as the broker takes them. */
async function publishedBy(user: BrokerDeeds): Promise<string[]> {
  const taken = await Promise.all(
    keyed.map((message) => {
      const key = message.routingKey(message.examples[0]!);
      return user.publish(message.exchange, key);
    }),
  );
  return keyed.filter((_, at) => taken[at] === 'done').map(({ type }) => type);
}

describe.each(SERVICES)('the user of %s', (service) => {
  it('reads its own queues', async () => {
    for (const { name, readBy } of queues) {
      if (readBy !== service) continue;
      const read = as(service).attempt(async (channel) => {
        const { consumerTag } = await channel.consume(name, () => {});
        await channel.cancel(consumerTag);
      });
      expect([name, await read]).toEqual([name, 'done']);
    }
  });

  it.each(queues.filter(({ readBy }) => readBy !== service))(
    'neither declares, binds, reads, empties nor deletes $name',
    async ({ name }) => {
      expect(await takenOf(as(service), name)).toEqual(ALL_REFUSED);
    },
  );

  it('publishes with the keys that are its own, and no others', async () => {
    const own = keyed.filter((message) => publishersOf(message).includes(service));
    expect(await publishedBy(as(service))).toEqual(own.map(({ type }) => type));
    expect(await as(service).publish('signalbox.commands', 'no.such')).toBe('refused');
    expect(await as(service).publish('signalbox.events', 'no.such')).toBe('refused');
    expect(await as(service).publish('amq.topic', 'status.tick')).toBe('refused');
  });

  it.each(['signalbox.work', 'signalbox.control'])('writes to %s if it is status', async (to) => {
    const expected = service === 'status' ? 'done' : 'refused';
    expect(await as(service).publish(to, 'task-runner.work')).toBe(expected);
  });

  it('writes dead letters and replies', async () => {
    expect(await as(service).publish('signalbox.dead', `${service}.dead`)).toBe('done');
    expect(await as(service).publish('', 'amq.gen-nobody')).toBe('done');
  });

  it.each(queues.filter(({ kind }) => kind === 'live'))(
    'reaches $name by the default exchange: in no name but its own, by which the record knows it',
    async ({ name: queue }) => {
      const publish = (userId: string) => as(service).publish('', queue, { userId });
      expect(await publish(service)).toBe('done');
      await expect(publish('operator')).rejects.toThrow(/user_id property set to 'operator'/);
    },
  );

  it.each(SERVICES)('has a control queue of %s if that is itself', async (other) => {
    const { name, bindings, ...properties } = controlQueue(other, `${randomUUID()}.1`);
    const taken = await as(service).attempt(async (channel) => {
      await channel.assertQueue(name, properties);
      for (const { exchange, key } of bindings) await channel.bindQueue(name, exchange, key);
      await channel.consume(name, () => {}, { noAck: true });
    });
    expect(taken).toBe(other === service ? 'done' : 'refused');
  });

  it('hears nothing that its rows do not say', async () => {
    const [own] = queues.filter(({ readBy, kind }) => readBy === service && kind === 'live');
    for (const exchange of ['signalbox.events', 'signalbox.commands']) {
      for (const key of ['#', 'task.#', 'no.such']) {
        const bound = as(service).attempt((channel) => channel.bindQueue(own!.name, exchange, key));
        expect([exchange, key, await bound]).toEqual([exchange, key, 'refused']);
      }
    }
  });

  it('declares no queue or exchange of another name', async () => {
    const declared = as(service).attempt((channel) => channel.assertQueue(`${service}.other`));
    expect(await declared).toBe('refused');
    const exchange = as(service).attempt((channel) => channel.assertExchange('other', 'topic'));
    expect(await exchange).toBe('refused');
  });
});

describe.each(PEOPLE)('the user %s', (name) => {
  it('publishes commands and queries, and nothing else', async () => {
    const asked = keyed.filter(({ kind }) => kind === 'command' || kind === 'query');
    expect(await publishedBy(as(name))).toEqual(asked.map(({ type }) => type));
    expect(await as(name).publish('signalbox.commands', 'lease.expired')).toBe('refused');
    for (const exchange of ['signalbox.work', 'signalbox.control', 'signalbox.dead']) {
      expect(await as(name).publish(exchange, 'status.record')).toBe('refused');
    }
  });

  it('gives commands in its own name only', async () => {
    const publish = (userId: string) =>
      as(name).publish('signalbox.commands', 'task.pause', { userId });
    expect(await publish(name)).toBe('done');
    await expect(publish('status')).rejects.toThrow(/user_id property set to 'status'/);
  });

  it('hears every event in a queue of its own name', async () => {
    const queue = `watch.${name}.${randomUUID()}`;
    const watched = as(name).attempt(async (channel) => {
      await channel.assertQueue(queue, { exclusive: true, autoDelete: true, durable: false });
      await channel.bindQueue(queue, 'signalbox.events', 'targets.changed.#');
      await channel.bindQueue(queue, 'signalbox.events', '#');
      await channel.consume(queue, () => {}, { noAck: true });
    });
    expect(await watched).toBe('done');
  });

  it('hears no commands, offers, pings or dead letters', async () => {
    const queue = `watch.${name}.${randomUUID()}`;
    for (const exchange of exchanges.filter((one) => one.name !== 'signalbox.events')) {
      const bound = as(name).attempt(async (channel) => {
        await channel.assertQueue(queue, { exclusive: true });
        await channel.bindQueue(queue, exchange.name, 'task.run');
      });
      expect([exchange.name, await bound]).toEqual([exchange.name, 'refused']);
    }
  });

  it.each(queues.filter(({ kind }) => kind === 'live'))(
    'neither declares, binds, reads, empties nor deletes $name',
    async ({ name: queue }) => {
      expect(await takenOf(as(name), queue)).toEqual(ALL_REFUSED);
    },
  );

  it("touches nobody else's queues, and no exchange", async () => {
    expect(await takenOf(as(name), 'watch.somebody.1')).toEqual(ALL_REFUSED);
    for (const exchange of exchanges) {
      const deleted = as(name).attempt((channel) => channel.deleteExchange(exchange.name));
      expect(await deleted).toBe('refused');
    }
  });

  it('asks, and gets its answer from a service', async () => {
    const answered = as(name).attempt(async (channel) => {
      const answer = new Promise((resolve) => {
        void channel.consume('amq.rabbitmq.reply-to', resolve, { noAck: true });
      });
      const replyTo = 'amq.rabbitmq.reply-to';
      channel.publish('signalbox.commands', 'document.search', Buffer.from('{}'), { replyTo });
      await as('indexer').attempt(async (indexer) => {
        for (;;) {
          const asked = await indexer.get('indexer.queries', { noAck: true });
          if (!asked || asked.properties.replyTo === undefined) continue;
          indexer.publish('', asked.properties.replyTo as string, Buffer.from('{}'));
          return indexer.waitForConfirms();
        }
      });
      await answer;
    });
    expect(await answered).toBe('done');
  });
});

describe('dead letters', () => {
  it.each(DEAD_QUEUES)('%s is read by a maintainer, who cannot declare it', async (name) => {
    const maintainer = as('maintainer');
    expect(await maintainer.attempt((channel) => channel.get(name))).toBe('done');
    const { arguments: args } = QUEUES[name];
    const declared = maintainer.attempt((channel) =>
      channel.assertQueue(name, { arguments: args }),
    );
    expect(await declared).toBe('refused');
    expect(await maintainer.attempt((channel) => channel.deleteQueue(name))).toBe('refused');
  });

  it.each(DEAD_QUEUES)('%s is nothing for an operator', async (name) => {
    expect(await takenOf(as('operator'), name)).toEqual(ALL_REFUSED);
  });

  it('go back to where they came from: by a maintainer, not by an operator', async () => {
    expect(await as('maintainer').publish('', 'indexer.documents')).toBe('done');
    expect(await as('operator').publish('', 'indexer.documents')).toBe('refused');
  });
});

describe('another virtual host', () => {
  it('lets none of them in', async () => {
    await new Management(rabbit.managementUrl).createVhost('other');
    for (const name of NAMES) {
      const url = new URL(users.urlOf(name, rabbit.url));
      url.pathname = '/other';
      await expect(BrokerDeeds.as(url.href)).rejects.toThrow('ConnectionClose');
    }
  });
});

// Last: they change the passwords.
describe('the definitions file', () => {
  const file = path.join(ROOT, 'deploy/rabbitmq/definitions.json');
  const script = path.join(ROOT, 'deploy/rabbitmq/with-passwords.sh');

  async function load(definitions: string): Promise<void> {
    await new Management(rabbit.managementUrl).loadDefinitions(JSON.parse(definitions) as object);
  }

  function logIn(name: string, password: string): Promise<BrokerDeeds> {
    const url = new URL(rabbit.url);
    url.username = name;
    url.password = encodeURIComponent(password);
    return BrokerDeeds.as(url.href);
  }

  it('as it stands in the repository lets nobody in', async () => {
    await load(readFileSync(file, 'utf8'));
    for (const name of ['admin', ...NAMES]) {
      for (const password of ['', name, 'change-me']) {
        await expect(logIn(name, password)).rejects.toThrow(/ACCESS.REFUSED/);
      }
    }
  });

  it('with the passwords of the environment lets in whoever has one', async () => {
    const variables = {
      RABBITMQ_PASSWORD_TASK_RUNNER: 'a1',
      RABBITMQ_PASSWORD_ADMIN: 'p$s`\\"%s',
    };
    const filled = promisify(execFile)('bash', ['-c', `bash "$0" <"$1"`, script, file], {
      env: { PATH: process.env['PATH'], RABBITMQ_PASSWORD_OPERATOR: '', ...variables },
    });
    await load((await filled).stdout);
    await using runner = await logIn('task-runner', variables.RABBITMQ_PASSWORD_TASK_RUNNER);
    await using admin = await logIn('admin', variables.RABBITMQ_PASSWORD_ADMIN);
    expect(await runner.publish('signalbox.work', 'x')).toBe('refused');
    expect(await admin.publish('signalbox.work', 'x')).toBe('done');
    await expect(logIn('operator', '')).rejects.toThrow(/ACCESS.REFUSED/);
    await expect(logIn('task-runner', 'a2')).rejects.toThrow(/ACCESS.REFUSED/);
  });
});
