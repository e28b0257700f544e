import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../tools/testing/eventually.ts';
import type { RecordFault } from './record-fault.ts';
import type { RecordGround, NamedStatus } from './record-ground.ts';

const PATIENCE_MS = 60_000;

/** How long a woken status is watched: it finds out at its next delivery or query, so within a second or two. */
const WATCHED_MS = 4_000;

const KILLED: RecordFault = {
  name: 'the active status is killed',
  run: async (ground) => {
    const victim = await ground.writer();
    await ground.kill(victim);
    await ground.writer(victim);
    await ground.startStatus();
    return [];
  },
};

const FROZEN: RecordFault = {
  name: 'the active status is frozen, and wakes',
  run: async (ground) => {
    const victim = await ground.writer();
    victim.service.freeze();
    await ground.writer(victim);
    const before = await ground.writes.of(victim.name);
    const said = victim.service.lines.length;
    victim.service.wake();
    await untilDropped(victim, said);
    await sleep(WATCHED_MS);
    const changed = (await ground.writes.of(victim.name)) - before;
    return changed === 0 ? [] : [`the woken status changed ${changed} rows`];
  },
};

/** The worst moment to wake: its connections live, deliveries and a transaction are in its hands, and another one writes. */
const OVERTAKEN: RecordFault = {
  name: 'the active status is frozen for a moment in which another becomes the writer',
  run: async (ground) => {
    const victim = await ground.writer();
    victim.service.freeze();
    await ground.overtake();
    const said = victim.service.lines.length;
    victim.service.wake();
    await untilDropped(victim, said);
    // Whatever it wrote in the other's term is among the foreign writes.
    await ground.writer();
    return [];
  },
};

const POSTGRES_RESTARTED: RecordFault = {
  name: 'PostgreSQL is killed and comes back',
  run: async (ground, { outageMs }) => {
    await ground.postgres.kill();
    await untilNotReady(ground);
    await sleep(outageMs);
    await ground.postgres.start();
    await untilReady(ground);
    return [];
  },
};

const RABBITMQ_RESTARTED: RecordFault = {
  name: 'RabbitMQ is stopped and comes back',
  run: async (ground, { outageMs, random }) => {
    await ground.rabbit.stop();
    await sleep(outageMs * random());
    await ground.rabbit.start();
    await untilReady(ground);
    return [];
  },
};

/** What statuses say when they cannot go on with what they hold. */
const DROPPED = ['consumer paused: a dependency is down', 'consumer lost its channel'];

/** It has noticed that another one writes: it gave back what it held. */
async function untilDropped({ service }: NamedStatus, saidBefore: number): Promise<void> {
  const dropped = () => service.lines.slice(saidBefore).some(({ msg }) => DROPPED.includes(msg));
  await eventually('the woken status drops its consumer', dropped, PATIENCE_MS);
}

async function untilReady({ statuses }: RecordGround): Promise<void> {
  const ready = async (): Promise<boolean> =>
    (await readiness(statuses)).every((status) => status === 200);
  await eventually('every status is ready', ready, PATIENCE_MS);
}

async function untilNotReady({ statuses }: RecordGround): Promise<void> {
  const noticed = async (): Promise<boolean> =>
    (await readiness(statuses)).some((status) => status === 503);
  await eventually('a status is not ready', noticed, PATIENCE_MS);
}

function readiness(statuses: readonly NamedStatus[]): Promise<number[]> {
  return Promise.all(statuses.map(async ({ service }) => (await service.readiness()).status));
}

/** Everything that is done to whoever writes the record, and to what it stands on. */
export const RECORD_FAULTS: readonly RecordFault[] = [
  KILLED,
  FROZEN,
  OVERTAKEN,
  POSTGRES_RESTARTED,
  RABBITMQ_RESTARTED,
];
