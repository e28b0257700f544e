import { SERVICES } from '#contracts';
import { counted } from '../output/counts.js';
import { ok, trouble, unknown, type Finding } from './finding.js';
import type { Hints } from './hints.js';
import type { FoundExchange, FoundQueue, Topology } from './topology.js';

/** What is missing on the broker, or is there with other properties than the contracts say. */
export function topologyFindings(topology: Topology, hints: Hints): Finding[] {
  const queues = [...topology.queues.values()];
  const all = [...topology.exchanges, ...queues];
  if (all.every(({ drift }) => drift.is === 'missing')) {
    const says =
      'there is no queue of the mesh: no service has ever started in this vhost, or it is the wrong one';
    return [trouble('topology', says, hints.start('status'))];
  }
  const findings = [
    ...missingExchanges(topology.exchanges, hints),
    ...missingQueues(queues, hints),
    ...topology.exchanges.flatMap(differentExchange),
    ...queues.flatMap((queue) => differentQueue(queue, hints)),
    ...notComparable(all),
  ];
  if (findings.length > 0) return findings;
  const count = `${counted(topology.exchanges.length, 'exchange')}, ${counted(queues.length, 'queue')}`;
  return [ok('topology', `${count}, all as declared`)];
}

function missingExchanges(exchanges: readonly FoundExchange[], hints: Hints): Finding[] {
  const names = exchanges
    .filter(({ drift }) => drift.is === 'missing')
    .map(({ definition }) => definition.name);
  if (names.length === 0) return [];
  const says = `missing: exchange ${names.join(', ')}; every service declares them when it starts`;
  return [trouble('topology', says, hints.restart('status'))];
}

function missingQueues(queues: readonly FoundQueue[], hints: Hints): Finding[] {
  const missing = queues.filter(({ drift }) => drift.is === 'missing');
  return SERVICES.flatMap((service) => {
    const names = missing
      .filter(({ definition }) => definition.readBy === service)
      .map(({ definition }) => definition.name);
    if (names.length === 0) return [];
    const says = `missing: ${names.join(', ')}; ${service} declares them when it starts`;
    return [trouble('topology', says, hints.restart(service))];
  });
}

function differentExchange({ definition: { name }, drift }: FoundExchange): Finding[] {
  if (drift.is !== 'different') return [];
  const next = `stop the services, delete exchange ${name} on the management page, start them again`;
  return [trouble('topology', `exchange ${name} is not as declared: ${drift.how}`, next)];
}

function differentQueue({ definition, drift, messages }: FoundQueue, hints: Hints): Finding[] {
  if (drift.is !== 'different') return [];
  const { name, readBy } = definition;
  const says = `queue ${name} is not as declared: ${drift.how}; ${readBy} will not start again`;
  const first = messages > 0 ? `save its ${counted(messages, 'message')}, then: ` : '';
  return [
    trouble('topology', says, `${first}${hints.deleteQueue(name)}; ${hints.restart(readBy)}`),
  ];
}

function notComparable(all: readonly (FoundExchange | FoundQueue)[]): Finding[] {
  const names = all
    .filter(({ drift }) => drift.is === 'not comparable')
    .map(({ definition }) => definition.name);
  if (names.length === 0) return [];
  const says = `there, but this user may not compare them with what they should be: ${names.join(', ')}`;
  return [
    unknown('topology', says, 'signalbox --url amqp://ADMINISTRATOR:PASSWORD@HOST/VHOST doctor'),
  ];
}
