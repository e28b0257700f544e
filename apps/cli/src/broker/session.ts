import { randomUUID } from 'node:crypto';
import { Broker, NO_LOG } from '#broker';
import { CommandAccepted, CommandRejected, TimedOutError, type Contract } from '#contracts';
import type { CliEnvironment } from '../cli.env.js';
import { vhostOf } from './find-broker.js';

const ANSWER_TIMEOUT_MS = 10_000;

/** A command that status refused. */
export class RefusedError extends Error {
  constructor(readonly rejected: CommandRejected) {
    super(`refused (${rejected.code}): ${rejected.reason}`);
  }
}

/** One connection to the mesh for the length of one command. */
export class Session implements AsyncDisposable {
  private constructor(
    readonly broker: Broker,
    /** The user whose queues may be declared: the AMQP user, else the account. */
    readonly user: string,
    /** The broker's host and vhost, for people. */
    readonly where: string,
  ) {}

  /**
   * Connects once; throws `DependencyUnavailableError` when the broker cannot be reached, or the signal's reason.
   */
  static async open(
    url: string,
    environment: Pick<CliEnvironment, 'account'>,
    signal?: AbortSignal,
  ): Promise<Session> {
    const broker = new Broker({
      url,
      service: 'cli',
      processId: randomUUID(),
      connectAttempts: 1,
      log: NO_LOG,
    });
    broker.start();
    try {
      await broker.ready(signal);
    } catch (error) {
      await broker.close();
      throw error;
    }
    const where = `${new URL(url).host} (vhost ${vhostOf(url)})`;
    return new Session(broker, broker.user ?? environment.account, where);
  }

  /** The AMQP user of the URL; absent when it names none. */
  get amqpUser(): string | undefined {
    return this.broker.user;
  }

  /** Asks a query; the answer is an instance of `answer`. */
  async ask<Q extends object, A extends object>(
    query: Contract<Q>,
    body: Q,
    answer: Contract<A>,
    { timeoutMs = ANSWER_TIMEOUT_MS }: { readonly timeoutMs?: number } = {},
  ): Promise<A> {
    const reply = await this.broker.requester.request(query, body, { timeoutMs });
    if (reply instanceof answer) return reply;
    throw new Error(`expected ${answer.name}, got ${reply.constructor.name}`);
  }

  /** Gives a command and waits until it is recorded. Throws `RefusedError`. */
  async command<C extends object>(contract: Contract<C>, body: C): Promise<CommandAccepted> {
    const reply = await this.broker.requester
      .request(contract, body, { timeoutMs: ANSWER_TIMEOUT_MS })
      .catch((error: unknown) => {
        throw error instanceof TimedOutError ? notRecordedYet(error) : error;
      });
    if (reply instanceof CommandRejected) throw new RefusedError(reply);
    if (reply instanceof CommandAccepted) return reply;
    throw new Error(`expected command.accepted, got ${reply.constructor.name}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.broker.close();
  }
}

/** The broker has the command; whoever records it is away. */
function notRecordedYet(cause: TimedOutError): TimedOutError {
  return new TimedOutError(
    `not recorded within ${ANSWER_TIMEOUT_MS / 1_000} s: the command waits in the queue status.record and is carried out ` +
      'once status reads it again. Is a status running? (signalbox services)',
    { cause },
  );
}
