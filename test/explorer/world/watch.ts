import { pinged } from '#lease/protocol';
import type { Family, Move } from '../engine/model.ts';
import { deliver, isReachable, told } from './channel.ts';
import { thaw } from './protocol.ts';
import { transact } from './record.ts';
import { isOut, recordsServices, resolve, type Scenario } from './scenario.ts';
import {
  LINK_OF,
  type Channel,
  type Message,
  type StatusName,
  type World,
  type WorkerName,
} from './parts.ts';

/** S9: the active status pings every owner, and declares those gone, through the queue, that have no control queue. */
export function watching(
  scenario: Scenario,
  name: StatusName,
  worker: WorkerName,
): Family<World>[] {
  const link = LINK_OF[worker];
  return [
    {
      name: `${name} pings ${worker}`,
      on: ['record', 'queue', 'consumers', name, worker, link],
      moves(world) {
        const { channel } = world[link];
        if (world.consumers[0] !== name || world[name].isVoid) return [];
        if (
          !channel ||
          !isReachable(world[link], channel.id) ||
          channel.isCut ||
          channel.inbox.length > 0
        )
          return [];
        return pingsOf(world.record, channel.id)
          .filter(
            (lease) =>
              isNews(world[worker], lease) &&
              !isOwnedUp(lease, channel, [...world.queue, ...world[name].batch]),
          )
          .map((lease): Move<World> => ({
            label: `${name} pings ${channel.id}: epoch ${lease.epoch}${marksOf(lease)}`,
            make: (draft) => deliver(draft[link], channel.id, { is: 'ping', lease }),
          }));
      },
    },
    {
      name: `${name} misses ${worker}`,
      on: ['record', 'consumers', name, 'linkA', 'linkB', 'faults'],
      moves(world) {
        if (world.consumers[0] !== name || world[name].isVoid) return [];
        return [...watched(scenario, world.record, worker)]
          .filter((instanceId) => !isReachable(world[link], instanceId))
          .flatMap((instanceId) => missing(scenario, name, world, instanceId));
      },
    },
    {
      name: `${name} says who is gone`,
      on: [name, 'queue', 'work'],
      moves({ [name]: status }) {
        const [message] = status.outbox;
        if (status.isVoid || message === undefined) return [];
        return [
          {
            label: `${name} publishes ${told(message)}`,
            make(draft) {
              draft[name].outbox.shift();
              // Without S3 only: an offer that this process remembered.
              if (message.type === 'work.offered')
                draft.work.push(message.body as World['work'][number]);
              else draft.queue.push(message);
            },
          },
        ];
      },
    },
  ];
}

function missing(
  scenario: Scenario,
  name: StatusName,
  world: World,
  instanceId: string,
): Move<World>[] {
  const leases = world.record.leases.filter(({ owner }) => owner?.instanceId === instanceId);
  const refs = leases.map(({ key, epoch }) => `${key} ${epoch}`);
  const seen = world[name].missing.find((one) => one.instanceId === instanceId);
  if (seen === undefined) {
    return [
      {
        label: `a ping of ${name} to ${instanceId} is returned`,
        make: (draft) => void draft[name].missing.push({ instanceId, declared: null }),
      },
    ];
  }
  if (seen.declared !== null && refs.every((ref) => seen.declared?.includes(ref))) return [];
  if (world.faults.isRestarted && !allAreBack(world)) return [];
  return [
    {
      label: `a ping of ${name} to ${instanceId} is returned again`,
      make(draft) {
        const one = draft[name].missing.find((other) => other.instanceId === instanceId);
        if (one) one.declared = refs;
        const gone: Message[] = leases.map(({ key, epoch }) => ({
          type: 'lease.expired',
          body: { key, epoch, instanceId },
        }));
        if (isOut(scenario, 'expiry-through-the-queue')) {
          transact(draft.record, gone, (message) => resolve(scenario, message));
        } else {
          draft[name].outbox.push(...gone);
        }
        const body = { instanceId, reason: 'its control queue is gone' };
        if (recordsServices(scenario)) draft[name].outbox.push({ type: 'service.lost', body });
      },
    },
  ];
}

/** The others are connecting again, too: for that long it expires nobody. */
function allAreBack({ linkA, linkB }: World): boolean {
  return [linkA, linkB].every(
    ({ channel }) => channel === null || (!channel.isCut && channel.isAnnounced),
  );
}

function watched(
  scenario: Scenario,
  { leases, services }: World['record'],
  worker: WorkerName,
): Set<string> {
  const owners = leases.flatMap(({ owner }) => owner?.instanceId ?? []);
  const known = services.map(({ instanceId }) => instanceId);
  const all = recordsServices(scenario) ? known : owners;
  return new Set(all.filter((instanceId) => instanceId.startsWith(`${worker}.`)));
}

function pingsOf({ leases, executions }: World['record'], instanceId: string) {
  return leases
    .filter(({ owner }) => owner?.instanceId === instanceId)
    .map((lease) => {
      const { key, epoch, mark: cancelled, revoked } = lease;
      const execution =
        lease.kind === 'chunk' && executions.find(({ id }) => id === lease.executionId);
      return { key, epoch, cancelled, revoked, paused: execution ? execution.paused : false };
    });
}

type Ping = ReturnType<typeof pingsOf>[number];

/** Everything is told again once a minute; told is here what makes a difference now. */
function isNews({ protocol }: World[WorkerName], lease: Ping): boolean {
  return pinged(thaw(protocol), lease).length > 0;
}

/** That nobody runs it is on its way to the record already. */
function isOwnedUp(
  { key, epoch }: Ping,
  { outbox }: Channel,
  underWay: readonly Message[],
): boolean {
  return [...outbox.map(({ message }) => message), ...underWay].some(({ type, body }) => {
    const about = body as { key: string; epoch: number };
    return type === 'lease.unknown' && about.key === key && about.epoch === epoch;
  });
}

function marksOf({ cancelled, revoked, paused }: Ping): string {
  return `${cancelled ? `, ${cancelled.code}` : ''}${revoked ? ', revoked' : ''}${paused ? ', paused' : ''}`;
}
