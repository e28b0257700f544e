import { Broken, type Family, type Move } from '../engine/model.ts';
import { deliver, told } from './channel.ts';
import { transact } from './record.ts';
import { checkCommit } from './promises.ts';
import { fault, isOut, mayFail, resolve, type Scenario } from './scenario.ts';
import type { Message, RecordData, Status, StatusName, World } from './parts.ts';

/**
 * S1: a status takes a batch from `status.record`, commits it in one transaction, publishes the answers, and acknowledges.
 * Where nothing of it can fail any more, what always follows happens in one step.
 */
export function writing(scenario: Scenario, name: StatusName): Family<World>[] {
  return [taking(scenario, name), committing(scenario, name), answering(scenario, name)];
}

function taking(scenario: Scenario, name: StatusName): Family<World> {
  return {
    name: `${name} takes a batch`,
    on: ['queue', 'consumers', name, 'record', 'faults', 'history'],
    moves({ queue, consumers, [name]: status, faults }) {
      if (consumers[0] !== name || status.isVoid || status.stage !== 'idle') return [];
      const sizes = queue.length > 1 ? [1, queue.length] : queue.length > 0 ? [1] : [];
      return sizes.map((size) => ({
        label: `${name} takes ${queue.slice(0, size).map(told).join(', ')}`,
        make(draft) {
          draft[name].batch = draft.queue.splice(0, size);
          draft[name].stage = 'taken';
          if (isOut(scenario, 'decide-in-the-transaction')) draft[name].snapshot = draft.record;
          return mayFail(scenario, faults) ? undefined : commit(scenario, name, draft);
        },
      }));
    },
  };
}

function committing(scenario: Scenario, name: StatusName): Family<World> {
  return {
    name: `${name} commits`,
    on: [name, 'record', 'history'],
    moves({ [name]: status }) {
      if (status.stage !== 'taken') return [];
      return [{ label: `${name}:`, make: (draft) => commit(scenario, name, draft) }];
    },
  };
}

function commit(
  scenario: Scenario,
  name: StatusName,
  draft: Pick<World, StatusName | 'record' | 'history'>,
): string {
  const status = draft[name];
  const isFenced = !isOut(scenario, 'decide-in-the-transaction');
  if (isFenced && status.term !== null && status.term !== draft.record.term) {
    status.stage = 'refused';
    return 'finds a newer term, and lets go';
  }
  if (status.term === null) {
    draft.record.term += 1;
    status.term = draft.record.term;
  }
  const before = structuredClone(draft.record);
  const read = status.snapshot ?? draft.record;
  const answers = transact(draft.record, status.batch, (one) => resolve(scenario, one), read);
  const again = (batch: readonly Message[]): RecordData => {
    const record = structuredClone(before);
    transact(record, batch, (one) => resolve(scenario, one));
    return record;
  };
  if (isOut(scenario, 'due-in-the-transaction')) rememberDue(status, before, draft.record);
  checkCommit(before, draft.record, status.batch, again, draft.history);
  status.snapshot = null;
  status.replies = answers.map(trimmed);
  status.stage = 'committed';
  return `commits${answers.map(({ to, type }) => `, owes ${to} ${type}`).join('')}`;
}

/** Without the rule: what has become due is known to this process alone. */
function rememberDue(status: Status, before: RecordData, record: RecordData): void {
  for (const lease of record.leases) {
    if (!lease.due || before.leases.some(({ key, due }) => key === lease.key && due)) continue;
    lease.due = false;
    status.outbox.push({ type: 'work.offered', body: { key: lease.key, epoch: lease.epoch } });
  }
}

function answering(scenario: Scenario, name: StatusName): Family<World> {
  return {
    name: `${name} answers and acknowledges`,
    on: [name, 'linkA', 'linkB', 'faults'],
    moves({ [name]: status, faults }) {
      const moves: Move<World>[] = [];
      if (status.stage === 'told')
        moves.push({ label: `${name} acknowledges`, make: (draft) => settle(draft[name]) });
      if (status.stage !== 'committed') return moves;
      const tell = (draft: World, lost = -1): void => {
        const { isVoid, replies } = draft[name];
        for (const [at, reply] of replies.entries()) {
          const link = reply.to.startsWith('A.') ? draft.linkA : draft.linkB;
          if (at === lost && link.channel?.id === reply.to) link.channel.isUnanswered = true;
          else if (!isVoid) deliver(link, reply.to, { is: 'reply', reply });
        }
        draft[name].replies = [];
        draft[name].stage = 'told';
        if (!mayFail(scenario, faults)) settle(draft[name]);
      };
      moves.push({
        label: `${name} publishes ${status.replies.map(({ to, type }) => `${type} to ${to}`).join(', ') || 'nothing'}`,
        make: (draft) => tell(draft),
      });
      for (const [at, { to, type }] of status.replies.entries()) {
        moves.push(
          ...fault<World>(
            scenario,
            faults,
            'lose reply',
            `${type} from ${name} to ${to} is lost`,
            (draft) => tell(draft, at),
          ),
        );
      }
      return moves;
    },
  };
}

function settle(status: Status): void {
  status.batch = [];
  status.stage = 'idle';
}

/** Of an answer only what its receiver uses. */
function trimmed<T extends { readonly type: string; readonly body: object }>(reply: T): T {
  if (reply.type !== 'lease.granted') return reply;
  const { requestId, key, epoch, cancelled, revoked, paused, chunk, stream } = reply.body as {
    [name: string]: unknown;
    chunk?: { args: { command: string }; known: readonly object[] };
    stream?: { settings: { url: string } };
  };
  const asked = chunk ? chunk.args.command : stream?.settings.url;
  if (asked === undefined) throw new Broken('I7', 'a grant says nothing about what is to be done');
  return {
    ...reply,
    body: { requestId, key, epoch, cancelled, revoked, paused, asked, known: chunk?.known },
  };
}
