import { randomUUID } from 'node:crypto';
import type { Pool, PoolClient, QueryConfig } from 'pg';
import {
  AcquireLease,
  RunTask,
  ServiceStarted,
  TargetsChanged,
  checkMessage,
  definitionOf,
  type Contract,
} from '#contracts';
import { apply, needsOf, type RecordMessage } from '#status/record';
import { freshDatabase } from '../../tools/testing/servers.ts';
import { PLUGIN, VERSION, commandOf } from './ground.ts';
import { Database, RecordStore } from './storage.ts';
import type { Workload, WorkloadPart } from './workload.ts';

/** What is sent to PostgreSQL in one go, before any answer is awaited. */
export type Flight = readonly QueryConfig[];

export interface Statements {
  /** Makes the executions and their owner, and warms up. */
  readonly before: readonly Flight[];
  readonly events: readonly Flight[];
}

/**
 * Every statement that the record's own code sends, with its values, when the workload comes in these batches: taken down while that
 * code writes another database.
 */
export async function statementsOf(
  { warmUp, measured }: Workload,
  batches: readonly number[],
): Promise<Statements> {
  const scratch = await freshDatabase();
  const database = new Database(scratch.databaseUrl);
  try {
    await database.open();
    const recorder = new Recorder(database.writer);
    const store = new RecordStore(recorder.pool);
    const term = await store.raiseTerm();
    const write = async (messages: readonly RecordMessage[]): Promise<void> => {
      const nowMs = Date.now();
      await store.transact(term, needsOf(messages), nowMs, (set) =>
        apply(set, messages, { nowMs, requireUser: false }),
      );
    };
    const processId = randomUUID();
    const instanceId = `${processId}.1`;
    const pieces = [...warmUp.pieces, ...measured.pieces];
    const service = { processId, service: 'task-runner', version: VERSION, plugins: [PLUGIN] };
    await write([message(ServiceStarted, { instanceId, ...service })]);
    for (const piece of pieces) await write([message(RunTask, commandOf(piece))]);
    const requests = pieces.map(({ key }) => ({ key, instanceId, requestId: randomUUID() }));
    for (const request of requests) await write([message(AcquireLease, request)]);
    const say = async ({ events }: WorkloadPart): Promise<void> => {
      for (const batch of cut(events, batches)) {
        await write(batch.map((event) => message(TargetsChanged, event)));
      }
    };
    await say(warmUp);
    const before = recorder.take();
    await say(measured);
    return { before, events: recorder.take() };
  } finally {
    await database.close();
    await scratch.drop();
  }
}

/** Cuts into pieces of these sizes, as far as there is anything. */
function cut<T>(all: readonly T[], sizes: readonly number[]): T[][] {
  let from = 0;
  return sizes.map((size) => all.slice(from, (from += size))).filter(({ length }) => length > 0);
}

function message<T extends object>(contract: Contract<T>, body: object): RecordMessage<T> {
  const { type } = definitionOf(contract);
  const checked = checkMessage(contract, body);
  return { type, messageId: randomUUID(), replyTo: 'bench', redelivered: false, body: checked };
}

/** Passes statements on, and takes them down. */
class Recorder {
  readonly #pool: Pool;
  #flights: QueryConfig[][] = [];
  /** What goes out now, as long as none of it is answered. */
  #flight: QueryConfig[] | undefined;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** For the record's store, which takes nothing else from a pool. */
  get pool(): Pool {
    const query = (text: string) => this.#pool.query(text);
    return { query, connect: () => this.#connect() } as unknown as Pool;
  }

  /** What was taken down since the last time. */
  take(): Flight[] {
    return this.#flights.splice(0);
  }

  async #connect(): Promise<PoolClient> {
    const client = await this.#pool.connect();
    const query = async (statement: QueryConfig) => {
      this.#note(statement);
      const answer = await client.query(statement);
      this.#flight = undefined;
      return answer;
    };
    return { query, release: () => client.release() } as unknown as PoolClient;
  }

  #note(statement: QueryConfig): void {
    if (this.#flight === undefined) {
      this.#flight = [];
      this.#flights.push(this.#flight);
    }
    this.#flight.push(statement);
  }
}
