import pg from 'pg';

/** Counts documents in the search store itself, past every service. */
export class Store {
  readonly #searchUrl: string;
  readonly #pool: pg.Pool | undefined;

  constructor(searchUrl: string) {
    this.#searchUrl = searchUrl;
    if (searchUrl.startsWith('postgres')) {
      this.#pool = new pg.Pool({ connectionString: searchUrl, max: 1 });
    }
  }

  /** How many documents of an index a search can find now. */
  async count(index: string): Promise<number> {
    if (this.#pool === undefined) return this.#countOverHttp(index);
    const { rows } = await this.#pool.query<{ count: number }>(
      'select count(*)::int from indexer.documents where index = $1',
      [index],
    );
    return rows[0]?.count ?? 0;
  }

  async close(): Promise<void> {
    await this.#pool?.end();
  }

  async #countOverHttp(index: string): Promise<number> {
    const response = await fetch(`${this.#searchUrl.replace(/\/$/, '')}/${index}/_count`);
    if (response.status === 404) return 0;
    const { count } = (await response.json()) as { count: number };
    return count;
  }
}
