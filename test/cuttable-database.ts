import { CuttableProxy } from '../apps/indexer/testing/cuttable-proxy.ts';
import { freshDatabase, type FreshDatabase } from '../tools/testing/servers.ts';

/** A database of its own that can be taken away from whoever reaches it by `url`. */
export class CuttableDatabase {
  /** For who is to meet the outage. */
  readonly url: string;
  /** Past the proxy, for the test itself. */
  readonly directUrl: string;
  readonly #database: FreshDatabase;
  readonly #proxy: CuttableProxy;

  private constructor(database: FreshDatabase, proxy: CuttableProxy) {
    const url = new URL(database.databaseUrl);
    url.port = String(proxy.port);
    this.url = url.href;
    this.directUrl = database.databaseUrl;
    this.#database = database;
    this.#proxy = proxy;
  }

  /** Creates it. Needs DATABASE_URL. */
  static async open(): Promise<CuttableDatabase> {
    const database = await freshDatabase();
    const { hostname, port } = new URL(database.databaseUrl);
    return new CuttableDatabase(database, await CuttableProxy.to(hostname, Number(port)));
  }

  /** Resets every connection by `url`, and every new one at once, until `mend`. */
  cut(): void {
    this.#proxy.cut();
  }

  mend(): void {
    this.#proxy.mend();
  }

  /** Drops it with every connection to it. */
  async close(): Promise<void> {
    await this.#proxy.close();
    await this.#database.drop();
  }
}
