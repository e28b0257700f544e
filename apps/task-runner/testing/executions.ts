import { randomUUID } from 'node:crypto';
import { NO_LOG, Broker } from '#broker';
import {
  CancelTask,
  checkMessage,
  GetExecution,
  type GetExecutionAnswered,
  type JsonValue,
  ListServices,
  type ListServicesAnswered,
  ListTargets,
  type ListTargetsAnswered,
  parseMessage,
  RunTask,
  SearchDocuments,
  type SearchDocumentsAnswered,
  type TargetItem,
  type TargetOutput,
} from '#contracts';
import { eventually } from '../../../tools/testing/eventually.ts';

const ANSWER_TIMEOUT_MS = 10_000;
const ENDED = new Set(['succeeded', 'failed', 'timed-out', 'cancelled', 'rejected']);

/** Asks a mesh for executions, as an engineer does, and for what it has recorded of them. */
export class Executions {
  private readonly broker: Broker;

  constructor(amqpUrl: string) {
    this.broker = new Broker({
      url: amqpUrl,
      service: 'cli',
      processId: randomUUID(),
      log: NO_LOG,
    });
    this.broker.start();
  }

  /** Publishes the command; resolves with its execution id. */
  async run(command: {
    plugin: string;
    args: object;
    targets: readonly string[];
    policy?: object;
    output?: object;
  }): Promise<string> {
    const executionId = randomUUID();
    const body = checkMessage(RunTask, { executionId, ...command });
    await this.broker.publisher.publish(RunTask, body);
    return executionId;
  }

  async cancel(executionId: string): Promise<void> {
    const body = checkMessage(CancelTask, { executionId, reason: 'by the test' });
    await this.broker.publisher.publish(CancelTask, body);
  }

  async get(executionId: string): Promise<GetExecutionAnswered> {
    const body = checkMessage(GetExecution, { executionId });
    return (await this.ask(GetExecution, body)) as GetExecutionAnswered;
  }

  /** Its targets, in the order of the command. */
  async targets(executionId: string): Promise<TargetItem[]> {
    const items: TargetItem[] = [];
    for (
      let cursor: string | undefined, first = true;
      first || cursor !== undefined;
      first = false
    ) {
      const body = checkMessage(ListTargets, {
        executionId,
        limit: 100,
        ...(cursor && { cursor }),
      });
      const page = (await this.ask(ListTargets, body)) as ListTargetsAnswered;
      items.push(...page.items);
      cursor = page.nextCursor;
    }
    return items;
  }

  /** Resolves once it has ended. */
  ended(executionId: string, timeoutMs = 30_000): Promise<GetExecutionAnswered> {
    const ended = async () => {
      const execution = await this.get(executionId);
      return ENDED.has(execution.state) && execution;
    };
    return eventually(`execution ${executionId} has ended`, ended, timeoutMs);
  }

  /** The live output of every execution from now on, as it comes. */
  async liveOutput(): Promise<readonly TargetOutput[]> {
    const pieces: TargetOutput[] = [];
    const channel = await this.broker.openChannel('consume');
    const { queue } = await channel.raw.assertQueue('', { exclusive: true, autoDelete: true });
    await channel.raw.bindQueue(queue, 'signalbox.events', 'target.output.#');
    await channel.consume(
      queue,
      ({ content }) => pieces.push(parseMessage('target.output', content) as TargetOutput),
      { noAck: true },
    );
    return pieces;
  }

  /** The documents of an index, oldest first. */
  async documents(index: string): Promise<readonly Readonly<Record<string, JsonValue>>[]> {
    const body = checkMessage(SearchDocuments, { index, size: 100, sort: 'oldest' });
    const { hits } = (await this.ask(SearchDocuments, body)) as SearchDocumentsAnswered;
    return hits.map(({ document }) => document);
  }

  /** Resolves once the record sees so many task-runners alive: a grant divides the concurrency by them. */
  async untilTaskRunners(count: number): Promise<void> {
    const body = checkMessage(ListServices, { service: 'task-runner', limit: 100 });
    await eventually(
      `${count} task-runners are alive`,
      async () => {
        const { items } = (await this.ask(ListServices, body)) as ListServicesAnswered;
        return items.filter(({ state }) => state === 'alive').length === count;
      },
      30_000,
    );
  }

  async close(): Promise<void> {
    await this.broker.close();
  }

  private ask<T extends object>(contract: new () => T, body: T): Promise<object> {
    return this.broker.requester.request(contract, body, { timeoutMs: ANSWER_TIMEOUT_MS });
  }
}
