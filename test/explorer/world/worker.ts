import {
  cancelHeard,
  heard,
  instanceKnown,
  leasesResumed,
  offered,
  pinged,
  type Resumed,
} from '#lease/protocol';
import type { Family, Move } from '../engine/model.ts';
import { publish, words } from './channel.ts';
import { workerFaults } from './faults.ts';
import type { Hand } from './hand.ts';
import { beginInstance, handOf, nackUnasked } from './instance.ts';
import { flushed, interrupt, pluginEnded, pluginStopped } from './run.ts';
import { fault, isOut, type Scenario } from './scenario.ts';
import {
  LINK_OF,
  type Incoming,
  type Run,
  type RunTarget,
  type World,
  type WorkerName,
} from './parts.ts';

/** More offers than that nobody has in hand here. */
const SLOTS = 2;
/** What a worker does by itself. What has arrived comes first: nobody else's doing changes what follows from it. */
export function working(scenario: Scenario, name: WorkerName): Family<World>[] {
  const link = LINK_OF[name];
  const on = [name, link, 'history', 'faults'] as const;
  const has = (world: World) => (world[link].channel?.inbox.length ?? 0) > 0;
  const moves = (world: World): Move<World>[] => {
    const own = [
      ...receiving(scenario, name, world),
      ...running(scenario, name, world),
      ...keeping(scenario, name, world),
    ];
    return own.map(({ label, make, isFault }) => ({
      label,
      isFault,
      make(draft) {
        const added = make(draft);
        handOf(scenario, name, draft).endRuns();
        return added;
      },
    }));
  };
  const all = (world: World) => [...moves(world), ...workerFaults(scenario, name, world)];
  return [
    { name: `${name} hears`, on, isUrgent: true, moves: (world) => (has(world) ? all(world) : []) },
    { name: `${name} works`, on, moves: (world) => (has(world) ? [] : all(world)) },
    taking(scenario, name),
  ];
}

function receiving(scenario: Scenario, name: WorkerName, world: World): Move<World>[] {
  const link = LINK_OF[name];
  const next = world[link].channel?.inbox[0];
  if (next === undefined) return [];
  return [
    {
      label: `${name} hears ${heardAs(next)}`,
      make(draft) {
        draft[link].channel?.inbox.shift();
        receive(scenario, handOf(scenario, name, draft), next);
      },
    },
  ];
}

/** What runs, and what of it ends. */
function running(scenario: Scenario, name: WorkerName, { [name]: worker }: World): Move<World>[] {
  return worker.runs.flatMap((run, at): Move<World>[] => {
    const then = (label: string, make: (hand: Hand, one: Run) => void): Move<World> => ({
      label: `${label} ${name}, epoch ${run.epoch}`,
      make: (draft) => make(handOf(scenario, name, draft), draft[name].runs[at] as Run),
    });
    const moves = run.targets.flatMap(({ target, state }, nth): Move<World>[] => {
      if (state === 'running' && endsByItself(scenario, nth)) {
        return [
          then(`the plugin on ${target} ends in`, (hand, one) =>
            pluginEnded(hand, one, one.targets[nth] as RunTarget),
          ),
        ];
      }
      if (state !== 'stopping') return [];
      return [
        then(`the plugin on ${target} has stopped in`, (hand, one) =>
          pluginStopped(hand, one, one.targets[nth] as RunTarget),
        ),
      ];
    });
    if (run.ending !== null)
      moves.push(then(`the stream is flushed (${run.isLost ? 'lost' : run.ending}) in`, flushed));
    return moves;
  });
}

function endsByItself({ plugin }: Scenario, nth: number): boolean {
  return plugin === 'fails on the first, never ends on the others'
    ? nth === 0
    : plugin !== 'never ends';
}

/** Its instances, one after the other (W7), questions put again (W1), the end of a drain (W9). */
function keeping(scenario: Scenario, name: WorkerName, world: World): Move<World>[] {
  const link = LINK_OF[name];
  const { channel, instances } = world[link];
  const worker = world[name];
  const moves: Move<World>[] = [];
  if (worker.life === 'exited') return moves;
  if (channel === null || channel.isCut) {
    const label = channel
      ? `${name} notices that ${channel.id} is cut, and begins`
      : `${name} begins`;
    moves.push({
      label: `${label} ${name}.${instances + 1}`,
      make: (draft) => beginInstance(scenario, name, draft),
    });
    return moves;
  }
  if (!channel.isListening) {
    moves.push({
      label: `the control queue of ${channel.id} is declared`,
      make: (draft) => void (draft[link].channel!.isListening = true),
    });
  }
  if (world[link].isDeaf) {
    moves.push({
      label: `${name} consumes again`,
      make: (draft) => void (draft[link].isDeaf = false),
    });
  }
  const isAsking = worker.protocol.asks.some(({ requestId }) => requestId !== null);
  const isResuming = (worker.protocol.instance?.resuming.length ?? 0) > 0;
  if (isAsking || isResuming) {
    const again = {
      label: `${channel.id} asks again`,
      make: (draft: World) => askAgain(name, draft),
    };
    if (channel.isUnanswered && !isOut(scenario, 'repeated-requests')) moves.push(again);
    moves.push(...fault<World>(scenario, world.faults, 'slow', again.label, again.make));
  }
  if (worker.life === 'draining') {
    moves.push({
      label: `the grace of the drain of ${name} is over`,
      make(draft) {
        draft[name].life = 'interrupting';
        draft[name].runs.forEach(interrupt);
      },
    });
  }
  const isIdle =
    worker.runs.length + worker.tickets.length + worker.grants.length + channel.outbox.length === 0;
  if (worker.life !== 'up' && isIdle && !isResuming && channel.isAnnounced) {
    moves.push({
      label: `${name} exits`,
      make(draft) {
        draft[name].life = 'exited';
        draft[link].channel = null;
      },
    });
  }
  return moves;
}

function taking(scenario: Scenario, name: WorkerName): Family<World> {
  const link = LINK_OF[name];
  return {
    name: `${name} takes an offer`,
    on: [name, link, 'work', 'history'],
    moves({ [name]: worker, [link]: { channel, instances }, work }) {
      const [offer] = work;
      const isFull = worker.tickets.length + worker.runs.length >= SLOTS;
      if (offer === undefined || isFull || worker.life !== 'up' || instances === 0 || !channel)
        return [];
      return [
        {
          label: `${name} is delivered the offer of epoch ${offer.epoch}`,
          make(draft) {
            draft.work.shift();
            const used = draft[name].tickets.map(({ ticket }) => ticket);
            const ticket = ['t1', 't2', 't3'].find((one) => !used.includes(one)) as string;
            draft[name].tickets.push({ ...offer, ticket, isAnswered: false });
            draft[link].unacked.push({ ...offer, ticket });
            const hand = handOf(scenario, name, draft);
            hand.decide((state) => offered(state, { ticket, key: offer.key }, hand.newRequestId));
          },
        },
      ];
    },
  };
}

function askAgain(name: WorkerName, draft: World): void {
  const link = draft[LINK_OF[name]];
  const { instance, asks, leases } = draft[name].protocol;
  if (!link.channel || !instance) return;
  link.channel.isUnanswered = false;
  for (const { key, requestId } of asks) {
    if (requestId !== null) publish(link, words.acquire(key, link.channel.id, requestId));
  }
  for (const [requestId, refs] of instance.resuming) {
    const from = leases.flatMap(({ key, owners }) =>
      refs.some((ref) => ref.key === key) ? owners : [],
    );
    const earlier = [...new Set(from)].filter((id) => id !== instance.id);
    publish(link, words.resume(instance.id, requestId, earlier, refs));
  }
}

function receive(scenario: Scenario, hand: Hand, incoming: Incoming): void {
  switch (incoming.is) {
    case 'confirm':
      if (incoming.of.is === 'said') return hand.confirm(incoming.of);
      hand.decide((state) => instanceKnown(state, hand.newRequestId));
      if (hand.link.channel) hand.link.channel.isAnnounced = true;
      return nackUnasked(hand);
    case 'ping':
      return hand.decide((state) => pinged(state, incoming.lease));
    case 'cancel':
      return hand.decide((state) => cancelHeard(state, incoming.executionId));
    case 'stop': {
      const lease = hand.worker.protocol.leases.find(({ key }) => key === incoming.key);
      const cancelled = { outcome: 'cancelled', code: 'cancelled', finishRunning: false } as const;
      if (lease) hand.decide((state) => heard(state, lease, { ...lease.marks, cancelled }));
      return;
    }
    case 'reply': {
      const { type, body } = incoming.reply;
      if (type !== 'lease.resumed') return hand.hear(incoming.reply);
      const { requestId, leases } = body as { requestId: string; leases: Resumed[] };
      return hand.decide((state) => leasesResumed(state, requestId, leases));
    }
  }
}

function heardAs(incoming: Incoming): string {
  switch (incoming.is) {
    case 'confirm':
      return incoming.of.is === 'said'
        ? `the confirm of ${incoming.of.said} in epoch ${incoming.of.epoch}`
        : 'the confirm of service.started';
    case 'reply': {
      const { leases, epoch } = incoming.reply.body as {
        leases?: { state: string }[];
        epoch?: number;
      };
      const facts =
        leases?.map(({ state }) => state).join(', ') ??
        (epoch === undefined ? '' : `epoch ${epoch}`);
      return `${incoming.reply.type} ${facts}`.trimEnd();
    }
    case 'ping':
      return `a ping about epoch ${incoming.lease.epoch}`;
    case 'cancel':
      return 'the cancel broadcast';
    case 'stop':
      return 'the stop broadcast';
  }
}
