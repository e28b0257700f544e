import { DependencyUnavailableError } from '#contracts';
import { Deferred, onAbort } from '#supervisor';
import { DatabaseError, Pool, type PoolClient } from 'pg';
import { classOf, reasonOf } from './write-answer.js';

/** How to reach the database. */
export interface ConnectionSettings {
  readonly url: string;
  /** The most connections at once; each user bounds itself so that together they need no more. */
  readonly max: number;
  /** No statement takes longer: the server cancels it then, and one that does not answer loses its connection. */
  readonly statementTimeoutMs: number;
}

const CONNECT_TIMEOUT_MS = 5_000;
const ANSWER_SLACK_MS = 5_000;

/** A pool of connections to one database whose every use can be given up by a signal. */
export class Connections {
  /** Host and database, for people. */
  readonly address: string;
  private readonly pool: Pool;

  constructor({ url, max, statementTimeoutMs }: ConnectionSettings) {
    this.address = addressOf(url);
    this.pool = new Pool({
      connectionString: url,
      max,
      application_name: 'signalbox-indexer',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: statementTimeoutMs,
      query_timeout: statementTimeoutMs + ANSWER_SLACK_MS,
      keepAlive: true,
      // "word is too long to be indexed", once for each such word of each document.
      options: '-c client_min_messages=error',
    });
    // A connection that dies is noticed by whoever uses it next; unheard, the event would end the process.
    this.pool.on('error', () => undefined);
    this.pool.on('connect', (client) => client.on('error', () => undefined));
  }

  /**
   * Lends a connection to `use`. When the signal aborts meanwhile, the connection is cut and the signal's reason is
   * thrown; the server may still finish the statement. A connection that failed is not used again.
   */
  async with<T>(signal: AbortSignal, use: (client: PoolClient) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const client = await this.borrow(signal);
    let cut = false;
    const abort = (): void => {
      cut = true;
      client.release(true);
    };
    const stopListening = onAbort(signal, abort);
    try {
      signal.throwIfAborted();
      return await use(client);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      cut = true;
      client.release(!(error instanceof DatabaseError));
      throw error;
    } finally {
      stopListening();
      if (!cut) client.release();
    }
  }

  /**
   * The pool takes no signal: a connection that comes after the abort goes back unused. Which of the two came first is
   * decided when it comes: decided later, a connection that just came would belong to nobody.
   */
  private borrow(signal: AbortSignal): Promise<PoolClient> {
    const lent = new Deferred<PoolClient>();
    const stopListening = onAbort(signal, () => lent.reject(signal.reason));
    this.pool.connect((error, client) => {
      stopListening();
      if (client === undefined) lent.reject(error);
      else if (signal.aborted) client.release();
      else lent.resolve(client);
    });
    return lent.promise;
  }

  /** What to throw for an error that means "the database is not there for us": says what to do. */
  unavailable(error: unknown): DependencyUnavailableError {
    const advice =
      classOf(error) === 'auth'
        ? 'check user, password, database and rights in SEARCH_URL'
        : 'check that it runs and that SEARCH_URL is right';
    return new DependencyUnavailableError(
      `PostgreSQL at ${this.address} cannot be used: ${reasonOf(error)}; ${advice}`,
      { cause: error },
    );
  }

  /** Closes every connection once it is back. Idempotent. */
  async close(): Promise<void> {
    if (!this.pool.ending) await this.pool.end();
  }
}

function addressOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}
