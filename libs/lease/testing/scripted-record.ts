import { randomUUID } from 'node:crypto';
import {
  Broker,
  UnroutableError,
  composeMessage,
  declareExchanges,
  declareQueue,
  incomingMessage,
  type BrokerChannel,
  type BrokerLog,
  type IncomingMessage,
} from '#broker';
import {
  AcquireLease,
  CancelTask,
  LeaseClosed,
  LeaseGranted,
  LeaseHeld,
  LeasePing,
  LeasesResumed,
  ResumeLeases,
  parseMessage,
  type Contract,
  type LeaseRef,
  type LeaseState,
  type ResumedLease,
  type Resumption,
} from '#contracts';
import { Supervisor } from '#supervisor';
import { eventually } from '../../../tools/testing/eventually.ts';

/** What an instance said, as it reached the record. */
export interface Said {
  readonly message: IncomingMessage;
  readonly body: object;
}

export type LeaseAnswer = LeaseGranted | LeaseHeld | LeaseClosed | LeasesResumed;

/** Plays status on a real broker, as the test tells it to. */
export class ScriptedRecord {
  /** Every message to the record, in order. */
  readonly said: Said[] = [];
  /** Answers a request for a lease; undefined: not at all. By default everything is granted, in epoch 1. */
  answers: (request: AcquireLease) => LeaseAnswer | undefined = (request) => grant(request);
  /** Answers what an instance wants to keep; undefined: not at all. By default all of it is kept. */
  resumes: (question: ResumeLeases) => readonly ResumedLease[] | undefined = resumed;
  private readonly answering = new Supervisor({
    name: 'scripted record',
    limit: 2_000,
    onOutcome: (outcome) => {
      if (outcome.status === 'failed') throw outcome.error;
    },
  });
  private channel: BrokerChannel | undefined;

  private constructor(private readonly broker: Broker) {}

  static async connect(url: string, log: BrokerLog): Promise<ScriptedRecord> {
    const broker = new Broker({ url, service: 'status', processId: randomUUID(), log });
    broker.start();
    await broker.ready();
    return new ScriptedRecord(broker);
  }

  /** Declares `status.record`, and reads it. */
  async begin(): Promise<void> {
    const channel = await this.broker.openChannel('publish');
    this.channel = channel;
    await declareExchanges(channel);
    await declareQueue(channel, 'status.record.dead');
    await declareQueue(channel, 'status.record');
    await channel.consume(
      'status.record',
      (delivery) => {
        const message = incomingMessage(delivery);
        const body = parseMessage(message.type, message.body);
        this.said.push({ message, body });
        if (body instanceof AcquireLease) this.onAcquire(body);
        if (body instanceof ResumeLeases) this.onResume(body);
      },
      { noAck: true },
    );
  }

  /** Reads no more: what is said waits in the queue. */
  async pause(): Promise<void> {
    await this.channel?.close();
  }

  /** What was said of this kind. */
  all<T extends object>(contract: Contract<T>): T[] {
    return this.said.flatMap(({ body }) => (body instanceof contract ? [body] : []));
  }

  /** Waits until so many of this kind were said; resolves with them. */
  async hears<T extends object>(
    contract: Contract<T>,
    count = 1,
    timeoutMs?: number,
  ): Promise<T[]> {
    return eventually(
      `the record hears ${count} ${contract.name}`,
      () => {
        const heard = this.all(contract);
        return heard.length >= count && heard;
      },
      timeoutMs,
    );
  }

  /** Tells an instance about leases; false when its control queue does not exist. */
  async ping(instanceId: string, ...leases: LeaseState[]): Promise<boolean> {
    const message = composeMessage(
      LeasePing,
      { leases },
      { appId: 'status' },
      { address: instanceId },
    );
    try {
      await this.open.publish(message);
      return true;
    } catch (error) {
      if (error instanceof UnroutableError) return false;
      throw error;
    }
  }

  /** Cancels as a person does: every task-runner hears of it. */
  async cancel(executionId: string): Promise<void> {
    const reason = 'test';
    await this.open.publish(composeMessage(CancelTask, { executionId, reason }, { appId: 'cli' }));
  }

  /** Answers whoever sent this question: again, or something else. */
  async answer(request: AcquireLease | ResumeLeases, answer: LeaseAnswer): Promise<void> {
    const { replyTo: address, correlationId } = this.messageOf(request);
    const contract = answer.constructor as Contract<LeaseAnswer>;
    await this.open.publish(
      composeMessage(contract, answer, { appId: 'status' }, { address, correlationId }),
    );
  }

  async close(): Promise<void> {
    await this.answering.close();
    await this.broker.close();
  }

  private get open(): BrokerChannel {
    if (this.channel === undefined) throw new Error('the record has not begun');
    return this.channel;
  }

  private messageOf(request: object): IncomingMessage {
    const said = this.said.find(({ body }) => body === request);
    if (said === undefined) throw new Error('this was never said');
    return said.message;
  }

  private onAcquire(request: AcquireLease): void {
    const answer = this.answers(request);
    if (answer === undefined) return;
    this.answering.trySpawn(`answer ${request.key}`, () => this.answer(request, answer));
  }

  private onResume(question: ResumeLeases): void {
    const leases = this.resumes(question);
    if (leases === undefined) return;
    const { requestId } = question;
    const answer = Object.assign(new LeasesResumed(), { requestId, leases });
    this.answering.trySpawn('answer lease.resume', () => this.answer(question, answer));
  }
}

/** A grant of what was asked for. */
export function grant(
  { key, requestId }: Pick<AcquireLease, 'key' | 'requestId'>,
  about: Partial<LeaseState> = {},
): LeaseGranted {
  const settings = {
    url: 'http://127.0.0.1:1/',
    format: 'lines',
    request: { headers: {}, secretHeaders: {} },
    resume: { by: 'none', overlapMs: 0, onGap: 'latest' },
    idleTimeoutMs: 60_000,
    maxLineBytes: 1_024,
    index: 'lines',
    onEnd: 'stop',
  } as const;
  const [, executionId = ''] = key.split('/');
  const chunk = {
    executionId,
    plugin: 'exec',
    args: {},
    retries: { limit: 0, backoffMs: 0 },
    output: { capBytes: 1_024, tailBytes: 1_024 },
    concurrency: 1,
    known: [{ target: 'db-01', started: false, attempt: 0 }],
  };
  const work = key.startsWith('chunk/')
    ? { chunk }
    : { stream: { settings, bounds: { from: 0, to: 1 } } };
  const state = { key, epoch: 1, cancelled: null, revoked: false, paused: false, ...about };
  return Object.assign(new LeaseGranted(), { ...state, requestId, requestedBy: 'guest', ...work });
}

/** The answer that all of it may be kept. */
export function resumed({ leases }: ResumeLeases): ResumedLease[] {
  return leases.map((ref) => resumption(ref, 'resumed'));
}

/** The answer that all of it is another's. */
export function gone({ leases }: ResumeLeases): ResumedLease[] {
  return leases.map((ref) => resumption(ref, 'gone'));
}

function resumption({ key, epoch }: LeaseRef, state: Resumption): ResumedLease {
  const free = { cancelled: null, revoked: false, paused: false };
  return { key, epoch, state, ...free };
}

/** The answer that somebody else owns it. */
export function held({ key, requestId }: AcquireLease): LeaseHeld {
  return Object.assign(new LeaseHeld(), { key, requestId });
}

/** The answer that it is over. */
export function closed({ key, requestId }: AcquireLease): LeaseClosed {
  return Object.assign(new LeaseClosed(), { key, requestId });
}
