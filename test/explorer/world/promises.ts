import { Broken, type Check } from '../engine/model.ts';
import type { Scenario } from './scenario.ts';
import {
  LINK_OF,
  WORKERS,
  type History,
  type Message,
  type RecordData,
  type World,
} from './parts.ts';

/** What a commit must not do: I1, I2 and I5; and it takes down what I6 is about. */
export function checkCommit(
  before: RecordData,
  after: RecordData,
  batch: readonly Message[],
  again: (batch: readonly Message[]) => RecordData,
  history: History,
): void {
  for (const lease of before.leases) {
    const now = after.leases.find(({ key }) => key === lease.key);
    if (!now || now.epoch < lease.epoch)
      throw new Broken('I2', `the epoch of ${lease.key} went back`);
    if (lease.kind !== 'chunk') continue;
    if (lease.closed && !now.closed) throw new Broken('I1', `${lease.key} was closed, and is open`);
    if (now.closed && now.kind === 'chunk' && now.open > 0)
      throw new Broken('I1', `${lease.key} closed with open targets`);
    const isCancelled = now.closed && !lease.closed && now.ending?.code === 'cancelled';
    if (isCancelled && lease.owner === null) history.cancelled.push(lease.key);
  }
  for (const [name, outcome] of outcomesOf(before)) {
    const now = outcomesOf(after).get(name);
    if (now !== outcome) throw new Broken('I1', `${name} was ${outcome}, and is ${now ?? 'open'}`);
  }
  const isStale = ({ type, body }: Message): boolean => {
    const { key, epoch } = body as { key?: string; epoch?: number };
    const isEvent = type === 'targets.changed' || type.startsWith('stream.');
    const lease = before.leases.find((one) => one.key === key);
    return isEvent && lease !== undefined && epoch !== undefined && epoch < lease.epoch;
  };
  if (!batch.some(isStale)) return;
  const without = again(batch.filter((message) => !isStale(message)));
  const withAll = again(batch);
  if (JSON.stringify(without) !== JSON.stringify(withAll)) {
    throw new Broken('I5', 'an event of an older epoch changed the record');
  }
}

/** How each target ended, said by its owner or by status itself. */
export function outcomesOf({ leases, targets }: RecordData): Map<string, string> {
  const outcomes = new Map<string, string>();
  for (const { name, ordinal, outcome, attempt } of targets) {
    const chunk = leases.find(
      (one) => one.kind === 'chunk' && ordinal >= one.first && ordinal < one.first + one.size,
    );
    const ending = chunk?.closed ? chunk.ending : null;
    const ended = ending && (ending.finishRunning && attempt > 0 ? 'lost' : ending.outcome);
    const result = outcome ?? ended;
    if (result) outcomes.set(name, result);
  }
  return outcomes;
}

/** What holds in every state. */
export function checks(): Check<World>[] {
  return [
    {
      on: ['record', 'history'],
      holds({ record, history }) {
        const outcomes = outcomesOf(record);
        for (const [name, confirmed] of history.confirmed) {
          const recorded = outcomes.get(name) ?? confirmed;
          if (recorded !== confirmed) {
            throw new Broken(
              'I3',
              `${name} ended ${confirmed}, which was confirmed, and is recorded as ${recorded}`,
            );
          }
        }
        for (const { counts, outcome } of record.executions) {
          const skipped = [...outcomes.values()].filter((one) => one === 'skipped').length;
          if (outcome !== null && counts.skipped !== skipped) {
            throw new Broken('S6', `${counts.skipped} are counted as skipped, and ${skipped} are`);
          }
        }
        for (const name of history.ran) {
          if (outcomes.get(name) === 'skipped')
            throw new Broken('S6', `${name} ran, and is recorded as skipped`);
        }
      },
    },
    {
      on: ['A', 'B'],
      holds({ A, B }) {
        for (const one of A.runs) {
          const isTwice = B.runs.some(({ key, epoch }) => key === one.key && epoch === one.epoch);
          if (isTwice) throw new Broken('I2', `both run ${one.key} in epoch ${one.epoch}`);
        }
      },
    },
    ...WORKERS.map((name): Check<World> => ({
      on: ['record', name],
      holds({ record, [name]: { runs } }) {
        for (const { key, kind, asked } of runs) {
          const [executionId] = key.split('/').slice(1);
          const work = record.work.find(({ id }) => id === executionId);
          if (kind === 'chunk' && work?.args.command !== asked) {
            throw new Broken(
              'I7',
              `${asked} runs, but ${JSON.stringify(work?.args.command)} is recorded`,
            );
          }
        }
      },
    })),
    {
      on: ['record', 'work', 'queue', 'S1', 'S2', 'linkA', 'linkB'],
      holds(world) {
        for (const { key, epoch, owner, due, closed } of world.record.leases) {
          if (owner !== null || due || closed || isOffered(world, key)) continue;
          throw new Broken('I9', `epoch ${epoch} of ${key} waits, and nobody offers it`);
        }
      },
    },
  ];
}

function isOffered({ work, queue, S1, S2, linkA, linkB }: World, key: string): boolean {
  const offers = [linkA, linkB].flatMap(({ unacked, stale }) => [...unacked, ...stale]);
  const dead = [...queue, ...S1.batch, ...S2.batch].filter(({ type }) => type === 'work.offered');
  return (
    [...work, ...offers].some((offer) => offer.key === key) ||
    dead.some(({ body }) => (body as { key: string }).key === key)
  );
}

/** What holds where nothing happens any more by itself: L1 to L5. */
export function atRest(scenario: Scenario, world: World): void {
  for (const name of WORKERS) {
    const { life, protocol, tickets } = world[name];
    if (life !== 'up' && life !== 'exited') throw new Broken('L4', `${name} drains for ever`);
    if (protocol.asks.length > 0 || tickets.length > 0) {
      throw new Broken('L3', `${name} has an offer in hand, and hears no more about it`);
    }
  }
  for (const { id, outcome, mark } of world.record.executions) {
    if (outcome !== null) continue;
    throw new Broken(
      mark ? 'L2' : 'L1',
      `execution ${id} never ends${mark ? `, though marked ${mark.code}` : ''}`,
    );
  }
  for (const lease of world.record.leases)
    if (lease.kind === 'stream') checkStream(scenario, world, lease);
  const waiting = [world.queue, world.work, ...WORKERS.map((name) => world[LINK_OF[name]].unacked)];
  if (waiting.some((queue) => queue.length > 0))
    throw new Broken('L5', 'a queue does not run empty');
  for (const name of WORKERS) {
    for (const { key, epoch } of world[name].runs) {
      const lease = world.record.leases.find((one) => one.key === key);
      const isOwn =
        lease?.owner?.instanceId.startsWith(`${name}.`) === true && lease.epoch === epoch;
      if (!isOwn)
        throw new Broken('L5', `${name} runs ${key} in epoch ${epoch}, which is not its own`);
    }
  }
}

/** Commands about a stream count in the order of the queue: the last one decides. */
function checkStream(
  scenario: Scenario,
  { A, B }: World,
  { key, closed, epoch, settings }: Extract<RecordData['leases'][number], { kind: 'stream' }>,
): void {
  const last = scenario.commands.at(-1)?.message.type;
  if (last === 'stream.stop') {
    if (!closed) throw new Broken('L2', `${key} was stopped, and goes on`);
    return;
  }
  if (closed) throw new Broken('L1', `${key} was started after it was stopped, and is stopped`);
  const run = [...A.runs, ...B.runs].find((one) => one.key === key && one.epoch === epoch);
  if (!run) throw new Broken('L1', `${key} was started, and nobody follows it`);
  if (run.asked !== settings.url) throw new Broken('I7', `${key} goes on with old settings`);
}
