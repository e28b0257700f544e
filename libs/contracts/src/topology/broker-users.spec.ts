import { describe, expect, it } from '@jest/globals';
import { MESSAGES } from '../registry/messages.js';
import { BROKER_USERS, operatorUser, serviceUser, type BrokerUser } from './broker-users.js';
import { controlQueue } from './control-queue.js';
import { SERVICES, type ExchangeName } from './names.js';
import { publishersOf } from './publishers.js';
import { QUEUES } from './queues.js';

const queues = Object.values(QUEUES);

function mayBind(user: BrokerUser, exchange: string, key: string): boolean {
  return topic(user, 'read', exchange as ExchangeName, key);
}

function mayPublish(user: BrokerUser, exchange: string, key: string): boolean {
  return topic(user, 'write', exchange as ExchangeName, key);
}

/** As RabbitMQ decides it: first the exchange, then the key where there is a pattern for it. */
function topic(user: BrokerUser, what: 'read' | 'write', exchange: ExchangeName, key: string) {
  const keys = user.topics.find((one) => one.exchange === exchange)?.[what] ?? '.*';
  return new RegExp(user.permissions[what]).test(exchange) && new RegExp(keys).test(key);
}

function may(user: BrokerUser, what: 'configure' | 'read' | 'write', name: string): boolean {
  return new RegExp(user.permissions[what]).test(name);
}

describe.each(SERVICES)('the user of %s', (service) => {
  const user = serviceUser(service);

  it.each(queues)('may declare and read $name if that is its own', ({ name, readBy }) => {
    for (const what of ['configure', 'write', 'read'] as const) {
      expect(may(user, what, name)).toBe(readBy === service);
    }
  });

  it('may bind its own queues, the control queue among them', () => {
    const { bindings } = controlQueue(service, '4b7f7d6e-0d0c-4a53-8a35-55f1c0a1f9e2.1');
    const own = queues.filter(({ readBy }) => readBy === service);
    for (const { exchange, key } of [...bindings, ...own.flatMap((queue) => queue.bindings)]) {
      expect(mayBind(user, exchange, key)).toBe(true);
    }
  });

  it.each(MESSAGES.filter(({ bindingKey }) => bindingKey !== undefined))(
    'may publish $type if the registry says so',
    (definition) => {
      const key = definition.routingKey(definition.examples[0]!);
      const isPublisher = publishersOf(definition).includes(service);
      expect(mayPublish(user, definition.exchange, key)).toBe(isPublisher);
      expect(mayPublish(user, definition.exchange, `${key}er`)).toBe(
        isPublisher && definition.kind === 'event',
      );
    },
  );

  it.each(SERVICES)('may have a control queue of %s if that is itself', (other) => {
    const { name } = controlQueue(other, '4b7f7d6e-0d0c-4a53-8a35-55f1c0a1f9e2.1');
    for (const what of ['configure', 'write', 'read'] as const) {
      expect(may(user, what, name)).toBe(other === service);
    }
  });

  it('binds to nothing but its own keys', () => {
    expect(mayBind(user, 'signalbox.events', '#')).toBe(false);
    expect(mayBind(user, 'signalbox.commands', '#')).toBe(false);
    expect(mayBind(user, 'signalbox.commands', 'task.run')).toBe(service === 'status');
  });
});

describe('an operator', () => {
  const user = operatorUser('a.b');

  it.each(MESSAGES.filter(({ bindingKey }) => bindingKey !== undefined))(
    'may publish $type if it is a command or a query',
    (definition) => {
      const key = definition.routingKey(definition.examples[0]!);
      const isForPeople = definition.kind === 'command' || definition.kind === 'query';
      expect(mayPublish(user, definition.exchange, key)).toBe(isForPeople);
    },
  );

  it('has queues under its own name, and no others', () => {
    for (const what of ['configure', 'write', 'read'] as const) {
      expect(may(user, what, 'watch.a.b.1')).toBe(true);
      for (const name of ['watch.axb.1', 'watch.a.b', 'x.watch.a.b.1', 'status.record']) {
        expect(may(user, what, name)).toBe(false);
      }
    }
  });

  it('hears every event and no command', () => {
    expect(mayBind(user, 'signalbox.events', 'targets.changed.#')).toBe(true);
    expect(mayBind(user, 'signalbox.commands', 'task.run')).toBe(false);
  });

  it('has no way around the routing keys', () => {
    for (const exchange of [
      'amq.default',
      'signalbox.dead',
      'signalbox.work',
      'signalbox.events',
    ]) {
      expect(may(user, 'write', exchange)).toBe(false);
    }
  });
});

describe('every user', () => {
  it.each(BROKER_USERS)('$name has keys for each topic exchange: without, all would do', (user) => {
    expect(user.topics.map(({ exchange }) => exchange)).toEqual([
      'signalbox.commands',
      'signalbox.events',
    ]);
  });

  it.each(BROKER_USERS)('$name names nothing half: every pattern is anchored', (user) => {
    const { permissions, topics } = user;
    const patterns = [
      ...Object.values(permissions),
      ...topics.map(({ write }) => write),
    ] as string[];
    for (const pattern of patterns) expect(pattern).toMatch(/^\^.*\$$/);
  });
});

describe('who publishes', () => {
  it('is a word that is known', () => {
    const [message] = MESSAGES;
    expect(() => publishersOf({ ...message!, from: 'people, somebody' })).toThrow(
      '"somebody" is nobody who publishes',
    );
  });
});
