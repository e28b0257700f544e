import path from 'node:path';
import type { Given } from '../mesh/addresses.ts';
import { startMesh, type Mesh, type MeshOptions } from '../mesh.ts';
import { PrivateServers } from './private-servers.ts';
import { freshBroker, freshDatabase, type FreshBroker, type FreshDatabase } from './servers.ts';

/** What a mesh of one test stands on: a virtual host and databases that no other test knows, and a folder. */
export class MeshGround {
  /** The mesh's own; deleted at the end. */
  readonly dir: string;
  /** Where the mesh finds its servers. */
  readonly given: Given & { readonly DATABASE_URL: string; readonly SEARCH_URL: string };
  readonly #servers: PrivateServers;
  readonly #fresh: readonly (FreshBroker | FreshDatabase)[];
  #mesh: Mesh | undefined;

  private constructor(
    servers: PrivateServers,
    record: FreshDatabase,
    search: FreshDatabase,
    broker: FreshBroker | undefined,
  ) {
    this.dir = path.join(servers.dir, 'mesh');
    this.given = {
      ...(broker && { AMQP_URL: broker.amqpUrl, RABBITMQ_MANAGEMENT_URL: broker.managementUrl }),
      DATABASE_URL: record.databaseUrl,
      SEARCH_URL: search.databaseUrl,
    };
    this.#servers = servers;
    this.#fresh = broker ? [broker, record, search] : [record, search];
  }

  /** With `ownBroker`, the mesh starts a broker of its own, with its users, instead of sharing the tests'. */
  static async open({ ownBroker = false } = {}): Promise<MeshGround> {
    const [servers, record, search, broker] = await Promise.all([
      PrivateServers.open(),
      freshDatabase(),
      freshDatabase(),
      ownBroker ? undefined : freshBroker(),
    ]);
    return new MeshGround(servers, record, search, broker);
  }

  /** Starts the one mesh of this ground, as `startMesh` does. `close` stops it. */
  async startMesh(options: Pick<MeshOptions, 'instances' | 'env'> = {}): Promise<Mesh> {
    const { keeper } = this.#servers;
    this.#mesh = await startMesh({ keeper, dir: this.dir, given: this.given, ...options });
    return this.#mesh;
  }

  /** Stops the mesh in order, kills what still runs, and deletes all data. Harmless when called again. */
  async close(): Promise<void> {
    await this.#mesh?.stop();
    await this.#servers.close();
    await Promise.all(this.#fresh.map((one) => one.drop()));
  }
}
