import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { Keeper } from '../keeper/keeper.ts';
import { startPostgres, type PostgresOptions } from '../servers/postgres.ts';
import { startRabbitMq, type RabbitMq, type RabbitMqOptions } from '../servers/rabbitmq.ts';
import type { Server } from '../servers/server.ts';
import { WORK } from '../setup/places.js';

/** Servers of one test, to be stopped, killed and restarted without harm to other tests. */
export class PrivateServers {
  /** Owns whatever the test starts. */
  readonly keeper: Keeper;
  /** Deleted at the end. */
  readonly dir: string;

  private constructor(keeper: Keeper, dir: string) {
    this.keeper = keeper;
    this.dir = dir;
  }

  static async open(): Promise<PrivateServers> {
    const dir = path.join(WORK, 'test', randomUUID());
    const keeper = await Keeper.start(path.join(WORK, 'run'));
    await keeper.deleteAtEnd(dir);
    return new PrivateServers(keeper, dir);
  }

  rabbitMq(options: Partial<RabbitMqOptions> = {}): Promise<RabbitMq> {
    const dir = path.join(this.dir, 'rabbitmq');
    return startRabbitMq({ keeper: this.keeper, dir, ...options });
  }

  postgres(options: Partial<PostgresOptions> = {}): Promise<Server> {
    const dir = path.join(this.dir, 'postgres');
    return startPostgres({ keeper: this.keeper, dir, ...options });
  }

  /** Kills what runs and deletes its data. Harmless when called again. */
  async close(): Promise<void> {
    await this.keeper.stop({ hurry: true });
  }
}
