import { randomUUID } from 'node:crypto';
import path from 'node:path';
import pg from 'pg';
import { Broker, NO_LOG } from '#broker';
import { checkMessage, type Contract, RunTask } from '#contracts';
import { Executions } from '../../apps/task-runner/testing/executions.ts';
import type { Mesh, ServiceName } from '../../tools/mesh.ts';
import type { ServiceEntry } from '../../tools/mesh/mesh-file.ts';
import { eventually } from '../../tools/testing/eventually.ts';
import { Ledger } from './ledger.ts';

/** For this long after a status began to watch it declares nobody gone (leases.md, S9); a little more, for its start. */
const WATCH_GRACE_MS = 12_000;

/** What a test asks of an execution. */
export interface Asked {
  readonly targets: readonly string[];
  /** What each run does, in a shell, between its two lines in the ledger. */
  readonly does: string;
  readonly policy?: object;
}

/** An execution that was asked for, with the ledger of its runs. */
export interface Run {
  readonly executionId: string;
  readonly ledger: Ledger;
}

/** Task-runners that are let go on with what only they need to know. */
export const RUNNER_ENV = {
  PLUGINS: 'exec',
  TARGETS_ALLOWED: '*',
  TARGET_GRACE_MS: '500',
} as const;

/** A mesh whose owners of work are killed, frozen and cut off, and what its record says afterwards. */
export class TakeoverMesh {
  readonly mesh: Mesh;
  readonly executions: Executions;
  private readonly client: Broker;
  private readonly record: pg.Pool;
  private readonly openedAt = Date.now();
  private readonly dir: string;

  /** @param dir takes the ledgers. The mesh is the caller's: `close` does not stop it. */
  constructor(mesh: Mesh, dir: string) {
    this.mesh = mesh;
    this.dir = dir;
    this.executions = new Executions(mesh.amqpUrl);
    this.record = new pg.Pool({ connectionString: mesh.databaseUrl, max: 1 });
    this.record.on('error', () => undefined);
    const processId = randomUUID();
    this.client = new Broker({ url: mesh.amqpUrl, service: 'cli', processId, log: NO_LOG });
    this.client.start();
  }

  async close(): Promise<void> {
    await this.executions.close();
    await this.client.close();
    await this.record.end();
  }

  /** Resolves once a status that has been there since the start may declare somebody gone. */
  async untilWatched(): Promise<void> {
    const isOver = () => Date.now() - this.openedAt > WATCH_GRACE_MS;
    await eventually('status may declare somebody gone', isOver, 2 * WATCH_GRACE_MS);
  }

  async publish<T extends object>(contract: Contract<T>, body: object): Promise<void> {
    await this.client.publisher.publish(contract, checkMessage(contract, body));
  }

  /** Has it run; under an id of the caller's if it has to be known before. */
  async run({ targets, does, policy }: Asked, executionId: string = randomUUID()): Promise<Run> {
    const ledger = new Ledger(path.join(this.dir, `${executionId}.ledger`));
    const args = ledger.argsFor(does);
    await this.publish(RunTask, { executionId, plugin: 'exec', args, targets, policy });
    return { executionId, ledger };
  }

  /** All processes of one service, as they are now. */
  all(service: ServiceName): ServiceEntry[] {
    return this.mesh.services.filter(({ name }) => name === service);
  }

  /** Who owns the chunk of the execution's first target, once somebody does: the process, and its number among its like. */
  async ownerOf({ executionId }: Run): Promise<ServiceEntry & { readonly index: number }> {
    return eventually('the execution has an owner', async () => {
      const [first] = await this.executions.targets(executionId);
      const runners = this.all('task-runner');
      const index = runners.findIndex(({ processId }) => first?.owner?.startsWith(processId));
      const owner = runners[index];
      return owner && { ...owner, index };
    });
  }

  /** How many events about the execution's chunks the log of events has, by epoch: those that changed nothing included. */
  async eventsByEpoch({ executionId }: Run): Promise<ReadonlyMap<number, number>> {
    const { rows } = await this.record.query<{ epoch: number; events: number }>(
      `select epoch, count(*)::int as events from events
       where starts_with(aggregate, $1) group by epoch order by epoch`,
      [`chunk/${executionId}/`],
    );
    return new Map(rows.map(({ epoch, events }) => [epoch, events]));
  }
}
