import type { Family, Move } from '../engine/model.ts';
import { deliver, told } from './channel.ts';
import { recordsServices, type Scenario } from './scenario.ts';
import { LINK_OF, type Message, type Outgoing, type World, type WorkerName } from './parts.ts';

/** What the broker does with a worker's connections: takes what was published, and notices what is gone. */
export function carrying(scenario: Scenario, name: WorkerName): Family<World>[] {
  const link = LINK_OF[name];
  return [
    {
      name: `the broker hears ${name}`,
      on: [link, 'queue'],
      moves({ [link]: { channel, ghosts } }) {
        const moves: Move<World>[] = [];
        if (channel && !channel.isDead && channel.outbox.length > 0) {
          moves.push({
            label: `${told((channel.outbox[0] as Outgoing).message)} of ${channel.id} arrives`,
            make(draft) {
              const first = draft[link].channel?.outbox.shift();
              if (!first) return;
              const { message, confirms } = first;
              enqueue(scenario, draft, message);
              if (confirms) deliver(draft[link], channel.id, { is: 'confirm', of: confirms });
            },
          });
        }
        for (const [at, { id, outbox }] of ghosts.entries()) {
          const [first] = outbox;
          if (!first) continue;
          moves.push({
            label: `${told(first.message)} of ${id} arrives late`,
            make(draft) {
              draft[link].ghosts[at]?.outbox.shift();
              enqueue(scenario, draft, first.message);
            },
          });
        }
        return moves;
      },
    },
    {
      name: `the broker misses ${name}`,
      on: [link, 'work'],
      moves({ [link]: { channel, ghosts, stale } }) {
        const moves: Move<World>[] = [];
        if (channel?.isCut && !channel.isDead) {
          moves.push({
            label: `the broker notices that ${channel.id} is cut`,
            make: (draft) =>
              void Object.assign(draft[link].channel ?? {}, { isDead: true, outbox: [] }),
          });
        }
        for (const [at, { id }] of ghosts.entries()) {
          moves.push({
            label: `the broker notices that ${id} is gone`,
            make: (draft) => void draft[link].ghosts.splice(at, 1),
          });
        }
        if (stale.length > 0) {
          moves.push({
            label: `the offers of ${name} go back to the work queue`,
            make: (draft) => void draft.work.unshift(...draft[link].stale.splice(0)),
          });
        }
        return moves;
      },
    },
  ];
}

function enqueue(scenario: Scenario, draft: Pick<World, 'queue'>, message: Message): void {
  if (message.type === 'service.started' && !recordsServices(scenario)) return;
  draft.queue.push(message);
}

/** The next command is published; workers hear of a cancel directly, too. */
export function asking(scenario: Scenario): Family<World> {
  return {
    name: 'somebody asks',
    on: ['script', 'queue', 'linkA', 'linkB'],
    moves({ script }) {
      const commands = script.filter((one) => one < BROADCAST);
      const next = scenario.isShuffled ? commands : commands.slice(0, 1);
      const broadcasts = script.filter((one) => one >= BROADCAST);
      return [...next, ...broadcasts].map((one) => {
        const { message, isBroadcast } = scenario.commands[
          one % BROADCAST
        ] as Scenario['commands'][number];
        return {
          label:
            one < BROADCAST
              ? `somebody asks ${message.type}`
              : `workers hear ${message.type} directly`,
          make(draft) {
            draft.script = draft.script.filter((other) => other !== one);
            if (one >= BROADCAST) return broadcast(message, draft);
            draft.queue.push({ type: message.type, body: {}, command: one });
            if (isBroadcast) draft.script.push(one + BROADCAST);
          },
        };
      });
    },
  };
}

/** Stands in the script for what of a command goes to the workers directly: it may come late. */
const BROADCAST = 100;

function broadcast(
  { type, body }: Scenario['commands'][number]['message'],
  draft: Pick<World, 'linkA' | 'linkB'>,
): void {
  for (const link of [draft.linkA, draft.linkB]) {
    const { id } = link.channel ?? {};
    if (id === undefined) continue;
    const { executionId = '', streamId = '' } = body as { executionId?: string; streamId?: string };
    if (type === 'task.cancel') deliver(link, id, { is: 'cancel', executionId });
    else deliver(link, id, { is: 'stop', key: `stream/${streamId}` });
  }
}
