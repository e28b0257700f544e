import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CancelTask,
  CommandAccepted,
  LeaseLostError,
  RunTask,
  TargetsChanged,
  checkMessage,
  parseMessage,
  type Contract,
  type ExecutionFinished,
  type TargetChange,
} from '#contracts';
import { Broker, incomingMessage } from '#broker';
import type { Lease } from '#lease';
import { silentLog } from '#runtime';
import { Gate } from '#supervisor';
import { HandWorker } from '../../apps/status/testing/hand-worker.ts';
import { RecordLedger } from './record-ledger.ts';

export interface LoadOptions {
  readonly amqpUrl: string;
  readonly random: () => number;
}

/** How many commands are given at once, and by how many workers their work is done, each so many chunks at once. */
const CLIENTS = 12;
const WORKERS = 2;
const CHUNKS_AT_ONCE = 8;

/** So many chunks are held through the fault, so that it meets leases that are owned; the other loops go on. */
const HELD = 6;
const MOST_TARGETS = 16;
const ANSWER_WITHIN_MS = 5_000;
const WATCHED = 'test.finished';

/**
 * People who give commands, workers that do what is offered, and somebody who hears the ends, as busy as they can be. Whoever gets no
 * answer asks again with the same id, as the command line tells people to. A few chunks are held until `letGo`.
 */
export class RecordLoad implements AsyncDisposable {
  readonly ledger = new RecordLedger();
  readonly #random: () => number;
  readonly #broker: Broker;
  readonly #workers: readonly HandWorker[];
  readonly #mayGo = new Gate();
  readonly #loops: Promise<void>[] = [];
  #reported = 0;
  #held = 0;
  #askedAgain = 0;
  #isOver = false;

  private constructor({ amqpUrl, random }: LoadOptions) {
    this.#random = random;
    const processId = randomUUID();
    this.#broker = new Broker({ url: amqpUrl, service: 'cli', processId, log: silentLog });
    this.#workers = Array.from({ length: WORKERS }, () => new HandWorker(amqpUrl));
  }

  static async open(options: LoadOptions): Promise<RecordLoad> {
    const load = new RecordLoad(options);
    load.#broker.start();
    await load.#broker.ready();
    await Promise.all(load.#workers.map((worker) => worker.start()));
    load.#loops.push(load.#untilOver(() => load.#watchEnds()));
    for (const worker of load.#workers) {
      for (let n = 0; n < CHUNKS_AT_ONCE; n += 1) {
        load.#loops.push(load.#untilOver(async () => load.#work(await worker.takeWork())));
      }
    }
    return load;
  }

  /** Commands that had to be given more than once, and chunks that are held. */
  get facts(): { readonly askedAgain: number; readonly held: number } {
    return { askedAgain: this.#askedAgain, held: this.#held };
  }

  /** Has so many executions commanded; resolves once each command is answered. */
  async command(count: number): Promise<void> {
    let left = count;
    const client = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await this.#commandOne();
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
  }

  /** Resolves when so many events about targets have been published since it began. */
  async untilReported(count: number): Promise<void> {
    while (this.#reported < count) await sleep(5);
  }

  /** Chunks that are held are finished, and none is held any more. */
  letGo(): void {
    this.#mayGo.open();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.letGo();
    await Promise.all(this.#workers.map((worker) => worker.vanish()));
    await this.#broker.close();
  }

  async #commandOne(): Promise<void> {
    const size = 1 + Math.floor(this.#random() * MOST_TARGETS);
    const targets = Array.from({ length: size }, (_, at) => `host-${at + 1}`);
    const draw = this.#random();
    const cancel = draw < 0.05 ? 'before' : draw < 0.15 ? 'after' : 'never';
    const executionId = randomUUID();
    const asked = this.ledger.ask({ executionId, targets, cancel });
    if (cancel === 'before') await this.#untilAnswered(CancelTask, { executionId });
    await this.#untilAnswered(RunTask, { executionId, plugin: 'ssh', targets });
    asked.isAccepted = true;
    if (cancel === 'after') await this.#untilAnswered(CancelTask, { executionId });
  }

  /** Gives a command until it is accepted. A refusal is thrown. */
  async #untilAnswered<T extends object>(contract: Contract<T>, body: object): Promise<void> {
    const message = checkMessage(contract, body);
    for (let reply: object | undefined; reply === undefined;) {
      reply = await this.#broker.requester
        .request(contract, message, { timeoutMs: ANSWER_WITHIN_MS })
        .catch(() => undefined);
      if (reply === undefined) {
        if (this.#isOver) throw new Error('The load was ended before a command was answered.');
        this.#askedAgain += 1;
        await sleep(50);
      } else if (!(reply instanceof CommandAccepted)) {
        throw new Error(`A command was refused: ${JSON.stringify(reply)}.`);
      }
    }
  }

  async #work(lease: Lease): Promise<void> {
    const { chunk } = lease.grant;
    if (chunk === undefined) return;
    const open = chunk.known.filter(({ outcome }) => outcome === undefined || outcome === null);
    const isHeld = this.#held < HELD && !this.#mayGo.isOpen && this.#random() < 0.3;
    if (isHeld) this.#held += 1;
    try {
      await this.#report(
        lease,
        open.map(({ target }) => ({ target, state: 'started', attempt: 1 })),
      );
      if (isHeld) await this.#mayGo.wait();
      for (const { target } of open) await this.#end(lease, target);
    } catch (error) {
      if (!(error instanceof LeaseLostError)) throw error;
      this.ledger.lostLeases += 1;
    }
    lease.finish();
  }

  #end(lease: Lease, target: string): Promise<void> {
    const { cancelled } = lease.marks;
    const said = { target, attempt: 1, message: randomUUID() };
    return this.#report(lease, [
      cancelled === null
        ? { ...said, state: 'succeeded' }
        : { ...said, state: cancelled.outcome, code: cancelled.code },
    ]);
  }

  async #report(lease: Lease, changes: readonly TargetChange[]): Promise<void> {
    const { key, epoch } = lease;
    const seq = lease.nextSeq();
    const executionId = lease.grant.chunk?.executionId ?? '';
    const confirmed = this.ledger.report(key, epoch, seq, executionId, changes);
    await lease.publish(TargetsChanged, { key, epoch, seq, changes });
    this.#reported += 1;
    confirmed();
  }

  /** Hears the ends of executions on a queue that outlives the broker's restart; resolves when its channel is lost. */
  async #watchEnds(): Promise<void> {
    const channel = await this.#broker.openChannel('consume');
    const queue = { durable: true, arguments: { 'x-queue-type': 'quorum' } };
    await channel.raw.assertQueue(WATCHED, queue);
    await channel.raw.bindQueue(WATCHED, 'signalbox.events', 'execution.finished.#');
    const lost = once(channel.lost, 'abort');
    await channel.consume(
      WATCHED,
      (delivery) => {
        const { type, body } = incomingMessage(delivery);
        this.ledger.finished(parseMessage(type, body) as ExecutionFinished);
        channel.ack(delivery);
      },
      { prefetch: 200 },
    );
    await lost;
  }

  /** Again and again; what fails because of an outage is tried again. */
  async #untilOver(step: () => Promise<void>): Promise<void> {
    while (!this.#isOver) {
      await step().catch(() => sleep(20));
    }
  }
}
