import { givenUp } from '#lease/protocol';
import type { Family, Move } from '../engine/model.ts';
import { goOn } from './run.ts';
import { fault, isOut, type FaultKind, type Scenario } from './scenario.ts';
import { freshStatus, freshWorker } from './beginnings.ts';
import { graceIsOver, handOf, MOST_INSTANCES, nackUnasked } from './instance.ts';
import {
  LINK_OF,
  STATUSES,
  WORKERS,
  type Link,
  type StatusName,
  type World,
  type WorkerName,
} from './parts.ts';

/** What may happen to a worker. */
export function workerFaults(scenario: Scenario, name: WorkerName, world: World): Move<World>[] {
  const link = LINK_OF[name];
  const { channel, unacked, instances } = world[link];
  const worker = world[name];
  const moves: Move<World>[] = [];
  const may = (kind: FaultKind, label: string, make: (draft: World) => void) =>
    moves.push(...fault<World>(scenario, world.faults, kind, label, make));
  if (worker.life === 'exited' || !channel) return moves;
  if (instances < MOST_INSTANCES) {
    may('crash worker', `${name} is killed`, (draft) => {
      leaveChannel(draft[link]);
      draft[link].stale.push(
        ...draft[link].unacked.splice(0).map(({ key, epoch }) => ({ key, epoch })),
      );
      draft[name] = freshWorker();
    });
    if (!channel.isCut) {
      may('cut publish', `the publish connection of ${channel.id} is cut`, (draft) =>
        cut(draft[link]),
      );
    }
  }
  const isDeafening = isOut(scenario, 'one-lease-channel');
  if (unacked.length > 0 || isDeafening) {
    may('cut consume', `the consume connection of ${name} is cut`, (draft) => {
      const hand = handOf(scenario, name, draft);
      if (isDeafening) draft[link].isDeaf = true;
      const gone = draft[link].unacked.splice(0);
      draft[link].stale.push(...gone.map(({ key, epoch }) => ({ key, epoch })));
      if (!isOut(scenario, 'wait-without-delivery')) return;
      for (const { ticket } of gone) {
        hand.decide((state) => givenUp(state, ticket));
        draft[name].tickets = draft[name].tickets.filter((one) => one.ticket !== ticket);
      }
    });
  }
  if (worker.protocol.leases.some(({ standing }) => standing === 'suspended')) {
    may('slow', `the grace of ${name} is over`, (draft) => graceIsOver(scenario, name, draft));
  }
  if (worker.life === 'up' && !world.faults.isDrained) {
    may('drain', `${name} is to stop`, (draft) => {
      draft.faults.isDrained = true;
      draft[name].life = 'draining';
      const hand = handOf(scenario, name, draft);
      nackUnasked(hand);
      for (const run of draft[name].runs) goOn(hand, run);
      hand.endRuns();
    });
  }
  return moves;
}

/** What may happen to a status: it is killed and starts again, or it is frozen and wakes. */
export function statusFaults(scenario: Scenario, name: StatusName): Family<World> {
  return {
    name: `${name} fails`,
    on: [name, 'queue', 'consumers', 'faults'],
    moves({ [name]: status, faults, consumers }) {
      const moves: Move<World>[] = [];
      const isBusy = status.stage !== 'idle' || status.offers.length + status.outbox.length > 0;
      if (status.isVoid) {
        moves.push({
          label: `${name} notices that its connections are gone, and consumes again`,
          make(draft) {
            draft[name] = freshStatus();
            if (!draft.consumers.includes(name)) draft.consumers.push(name);
          },
        });
        return moves;
      }
      if (status.stage === 'refused') {
        moves.push({
          label: `${name} drops its consumer, and consumes again`,
          make(draft) {
            drop(draft, name);
            draft[name] = freshStatus();
            draft.consumers.push(name);
          },
        });
      }
      if (!isBusy && consumers[0] !== name) return moves;
      moves.push(
        ...fault<World>(scenario, faults, 'crash status', `${name} is killed`, (draft) => {
          drop(draft, name);
          draft[name] = freshStatus();
          draft.consumers.push(name);
        }),
        ...fault<World>(
          scenario,
          faults,
          'freeze status',
          `${name} is frozen; the broker drops it`,
          (draft) => {
            drop(draft, name);
            draft[name].isVoid = true;
          },
        ),
      );
      return moves;
    },
  };
}

/** The broker restarts: every connection is gone at once, what is durable stays. */
export function brokerRestart(scenario: Scenario): Family<World> {
  return {
    name: 'the broker restarts',
    on: ['queue', 'work', 'consumers', 'S1', 'S2', 'A', 'B', 'linkA', 'linkB', 'faults'],
    moves(world) {
      const room = WORKERS.every((name) => {
        const { channel, instances } = world[LINK_OF[name]];
        return channel === null || (instances < MOST_INSTANCES && !channel.isCut);
      });
      if (!room) return [];
      return fault<World>(
        scenario,
        world.faults,
        'restart broker',
        'the broker restarts',
        (draft) => {
          draft.faults.isRestarted = true;
          for (const name of STATUSES) {
            drop(draft, name);
            draft[name].isVoid = true;
          }
          for (const name of WORKERS) {
            const link = draft[LINK_OF[name]];
            if (link.channel)
              Object.assign(link.channel, {
                isCut: true,
                isDead: true,
                outbox: [],
                inbox: [],
                isAnnounced: false,
              });
            link.ghosts = [];
            draft.work.unshift(
              ...link.unacked.splice(0).map(({ key, epoch }) => ({ key, epoch })),
              ...link.stale.splice(0),
            );
          }
        },
      );
    },
  };
}

/** The work queue gives an offer up. */
export function deadLetter(scenario: Scenario): Family<World> {
  return {
    name: 'an offer is dead-lettered',
    on: ['work', 'queue', 'faults'],
    moves({ work, faults }) {
      const [offer] = work;
      if (!offer) return [];
      return fault<World>(
        scenario,
        faults,
        'dead-letter',
        `the offer of epoch ${offer.epoch} is dead-lettered`,
        (draft) => {
          draft.work.shift();
          draft.queue.push({ type: 'work.offered', body: offer });
        },
      );
    },
  };
}

/** What a status had in hand goes back, in order. */
function drop(draft: World, name: StatusName): void {
  if (!draft[name].isVoid) draft.queue.unshift(...draft[name].batch);
  draft.consumers = draft.consumers.filter((one) => one !== name);
}

function cut({ channel }: Link): void {
  if (!channel) return;
  channel.isCut = true;
  channel.inbox = [];
}

function leaveChannel(link: Link): void {
  const { channel } = link;
  if (channel && !channel.isDead) link.ghosts.push({ id: channel.id, outbox: channel.outbox });
  link.channel = null;
}
