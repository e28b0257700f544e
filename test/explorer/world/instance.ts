import { givenUp, graceOver, instanceBegan, instanceLost } from '#lease/protocol';
import { Hand } from './hand.ts';
import { isOut, type Scenario } from './scenario.ts';
import { LINK_OF, type World, type WorkerName } from './parts.ts';

/** No more instances than that of one worker. */
export const MOST_INSTANCES = 3;

/** The process notices that its channel is gone, if it had one, and begins the next instance at once. */
export function beginInstance(scenario: Scenario, name: WorkerName, draft: World): void {
  const link = draft[LINK_OF[name]];
  const hand = handOf(scenario, name, draft);
  if (link.channel) {
    const { id, isDead, outbox } = link.channel;
    if (!isDead) link.ghosts.push({ id, outbox });
    link.channel = null;
    hand.decide(instanceLost);
  }
  link.instances += 1;
  const id = `${name}.${link.instances}`;
  link.channel = {
    id,
    isCut: false,
    isDead: false,
    isListening: !isOut(scenario, 'listen-first'),
    isAnnounced: false,
    isUnanswered: false,
    outbox: [],
    inbox: [],
  };
  draft[name].requests = 0;
  const { newRequestId } = hand;
  hand.decide((state) => instanceBegan(state, { id, newRequestId, pageSize: 10 }));
  nackUnasked(hand);
}

/** A drain gives back what was not asked for yet. */
export function nackUnasked(hand: Hand): void {
  if (hand.mayStart) return;
  for (const { ticket, requestId } of hand.worker.protocol.asks) {
    if (requestId !== null) continue;
    hand.decide((state) => givenUp(state, ticket));
    hand.worker.tickets = hand.worker.tickets.filter((one) => one.ticket !== ticket);
    const held = hand.link.unacked.filter((one) => one.ticket === ticket);
    hand.link.stale.push(...held.map(({ key, epoch }) => ({ key, epoch })));
    hand.link.unacked = hand.link.unacked.filter((one) => one.ticket !== ticket);
  }
}

export function graceIsOver(scenario: Scenario, name: WorkerName, draft: World): void {
  const hand = handOf(scenario, name, draft);
  for (const ref of hand.worker.protocol.leases) hand.decide((state) => graceOver(state, ref));
  hand.endRuns();
}

export function handOf(scenario: Scenario, name: WorkerName, draft: World): Hand {
  return new Hand(scenario, draft[name], draft[LINK_OF[name]], draft.history);
}
