import {
  answered,
  confirmed,
  runEnded,
  say,
  type Action,
  type LeaseRef,
  type WorkerState,
} from '#lease/protocol';
import { Broken } from '../engine/model.ts';
import { publish, words } from './channel.ts';
import { freeze, thaw } from './protocol.ts';
import { begin, goOn, lose, obey, type Teller } from './run.ts';
import type { Scenario } from './scenario.ts';
import type { Grant, History, Incoming, Link, Message, Reply, Run, Worker } from './parts.ts';

type Confirm = Extract<Incoming, { is: 'confirm' }>['of'];

/** A worker process at work: lets the protocol decide, and does what it says. */
export class Hand implements Teller {
  readonly scenario: Scenario;
  readonly worker: Worker;
  readonly link: Link;
  readonly history: History;

  constructor(scenario: Scenario, worker: Worker, link: Link, history: History) {
    this.scenario = scenario;
    this.worker = worker;
    this.link = link;
    this.history = history;
  }

  /** For requests of the present instance; never twice the same. */
  readonly newRequestId = (): string => {
    this.worker.requests += 1;
    return `${this.link.channel?.id ?? 'nobody'}#${this.worker.requests}`;
  };

  get mayStart(): boolean {
    return this.worker.life === 'up';
  }

  decide(decide: (state: WorkerState) => Action[]): void {
    const state = thaw(this.worker.protocol);
    const actions = decide(state);
    this.worker.protocol = freeze(state);
    for (const action of actions) this.act(action);
  }

  /** Publishes something about a run, in order, as soon as that is allowed (W5, W7). Returns its number. */
  say(run: Run, messageOf: (seq: number) => Message): number | null {
    const lease = this.worker.protocol.leases.find(
      ({ key, epoch }) => key === run.key && epoch === run.epoch,
    );
    if (!lease || lease.standing === 'lost') return null;
    run.sayings += 1;
    const said = run.sayings;
    run.said.push({ said, message: messageOf(said) });
    this.decide((state) => say(state, run, said));
    return said;
  }

  hear(reply: Reply): void {
    const { type, body } = reply as { type: string; body: Grant & { requestId: string } };
    const ask = this.worker.protocol.asks.find(({ requestId }) => requestId === body.requestId);
    const ticket = this.worker.tickets.find((one) => one.ticket === ask?.ticket);
    if (ticket) ticket.isAnswered = true;
    const { requestId, key, epoch } = body;
    if (type === 'lease.granted') {
      const { cancelled, revoked, paused, ...rest } = body as Grant & {
        requestId: string;
      } & Grant['marks'];
      const marks = { cancelled, revoked, paused };
      if (ask) this.worker.grants.push({ key, epoch, marks, known: rest.known, asked: rest.asked });
      this.decide((state) => answered(state, { answer: 'granted', requestId, key, epoch, marks }));
    } else {
      const answer = type === 'lease.held' ? 'held' : 'closed';
      this.decide((state) => answered(state, { answer, requestId }));
    }
  }

  confirm({ said, ...ref }: Extract<Confirm, { is: 'said' }>): void {
    const run = this.runOf(ref);
    const message = run?.said.find((one) => one.said === said)?.message;
    if (run) run.said = run.said.filter((one) => one.said !== said);
    this.decide((state) => {
      confirmed(state, ref, said);
      return [];
    });
    const { changes = [] } = (message?.body ?? {}) as {
      changes?: { target: string; state: string }[];
    };
    for (const { target, state } of changes) {
      const isNew = !this.history.confirmed.some(([name]) => name === target);
      if (state !== 'started' && isNew) this.history.confirmed.push([target, state]);
    }
    if (run) goOn(this, run);
  }

  runOf({ key, epoch }: LeaseRef): Run | undefined {
    return this.worker.runs.find((run) => run.key === key && run.epoch === epoch);
  }

  /** Ends what is over: all is said and confirmed, or the lease is lost and nothing of it runs. */
  endRuns(): void {
    for (const run of this.worker.runs) {
      if (!this.isOver(run)) continue;
      this.worker.runs = this.worker.runs.filter((one) => one !== run);
      this.decide((state) => runEnded(state, run));
    }
  }

  private isOver(run: Run): boolean {
    const isActive = run.targets.some(({ state }) => state === 'running' || state === 'stopping');
    if (run.isLost) return !isActive && run.ending === null;
    const lease = this.worker.protocol.leases.find(
      ({ key, epoch }) => key === run.key && epoch === run.epoch,
    );
    if (lease?.standing !== 'held' || lease.unconfirmed.length > 0) return false;
    return (
      run.isReleased ||
      (run.kind === 'chunk' && run.targets.every(({ state }) => state === 'ended'))
    );
  }

  private act(action: Action): void {
    const { link, worker } = this;
    const { channel } = link;
    switch (action.do) {
      case 'ask':
        if (channel) publish(link, words.acquire(action.key, channel.id, action.requestId));
        break;
      case 'resume':
        if (channel)
          publish(link, words.resume(channel.id, action.requestId, action.from, action.leases));
        break;
      case 'announce':
        if (channel) publish(link, words.started(channel.id), { is: 'announced' });
        break;
      case 'disown':
        if (channel) publish(link, words.unknown(action.key, action.epoch, channel.id));
        break;
      case 'decline':
        this.settle(action.ticket);
        break;
      case 'hold':
      case 'stop-asking':
        break;
      case 'begin':
        this.settle(action.ticket);
        this.begin(action);
        break;
      case 'publish': {
        const { key, epoch, said } = action;
        const message = this.runOf(action)?.said.find((one) => one.said === said)?.message;
        if (message) publish(link, message, { is: 'said', key, epoch, said });
        break;
      }
      case 'lose':
        if (!action.hasBegun) {
          worker.grants = worker.grants.filter(
            ({ key, epoch }) => key !== action.key || epoch !== action.epoch,
          );
        }
        this.with(action, (run) => lose(run));
        break;
      case 'suspend':
        this.with(action, (run) => (run.isSuspended = true));
        break;
      case 'continue':
        this.with(action, (run) => {
          run.isSuspended = false;
          goOn(this, run);
        });
        break;
      case 'obey':
        this.with(action, (run) => obey(this, run, action.marks));
        break;
    }
  }

  private with(ref: LeaseRef, act: (run: Run) => void): void {
    const run = this.runOf(ref);
    if (run) act(run);
  }

  private begin(ref: LeaseRef): void {
    const { worker } = this;
    const grant = worker.grants.find(({ key, epoch }) => key === ref.key && epoch === ref.epoch);
    const lease = worker.protocol.leases.find(
      ({ key, epoch }) => key === ref.key && epoch === ref.epoch,
    );
    if (!grant || !lease) throw new Error(`${ref.key} begins without a grant`);
    worker.grants = worker.grants.filter((one) => one !== grant);
    begin(this, { ...grant, marks: lease.marks }, lease.standing === 'suspended');
  }

  /** The offer leaves the work queue (W2). On a connection that is gone that does nothing. */
  private settle(ticket: string): void {
    const { worker, link } = this;
    const one = worker.tickets.find((other) => other.ticket === ticket);
    worker.tickets = worker.tickets.filter((other) => other !== one);
    const isTold = link.unacked.some((other) => other.ticket === ticket);
    link.unacked = link.unacked.filter((other) => other.ticket !== ticket);
    if (isTold && !one?.isAnswered)
      throw new Broken('I8', 'an offer left the work queue without an answer');
  }
}
