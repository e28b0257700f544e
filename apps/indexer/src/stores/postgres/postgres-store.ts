import type { IndexDocument } from '#contracts';
import { SignalboxError } from '#contracts';
import type { PoolClient } from 'pg';
import { writeBisecting } from '../bisect.js';
import type { DocumentStore } from '../document-store.js';
import type { ItemResult } from '../item-result.js';
import type { StoreSettings } from '../store-settings.js';
import type { SearchPage, SearchRequest } from '../search-request.js';
import { Connections } from './connections.js';
import { type EventTimeReader, eventTimeReader } from './event-time.js';
import { findDocuments } from './find-documents.js';
import { insertDocuments } from './insert-documents.js';
import { migrate } from './migrations.js';
import { classOf, reasonOf, writeAnswer } from './write-answer.js';

/** Writes nothing, but fails where writing would: no rights, no table, a database that is read-only. */
const PROBE = `insert into indexer.documents select from indexer.documents where false`;

/**
 * Documents in PostgreSQL (13 or newer): the table `indexer.documents`, full-text search over every text, number and
 * boolean in them. What jsonb cannot hold (NUL, half a surrogate pair) is stored as U+FFFD.
 */
export class PostgresStore implements DocumentStore {
  readonly name: string;
  private readonly connections: Connections;
  private readonly eventTimeOf: EventTimeReader;

  constructor({ url, timeField, connections, timeoutMs }: StoreSettings) {
    this.connections = new Connections({ url, max: connections, statementTimeoutMs: timeoutMs });
    this.name = `PostgreSQL at ${this.connections.address}`;
    this.eventTimeOf = eventTimeReader(timeField);
  }

  async open(signal: AbortSignal): Promise<void> {
    await this.available(signal, () => this.connections.with(signal, migrate));
  }

  write(documents: readonly IndexDocument[], signal: AbortSignal): Promise<readonly ItemResult[]> {
    return writeBisecting(documents, async (some) => {
      try {
        const insert = this.connections.with(signal, (client) =>
          insertDocuments(client, some, this.eventTimeOf),
        );
        return { results: await insert };
      } catch (error) {
        signal.throwIfAborted();
        return writeAnswer(error, some.length);
      }
    });
  }

  search(request: SearchRequest, signal: AbortSignal): Promise<SearchPage> {
    const find = (client: PoolClient): Promise<SearchPage> => findDocuments(client, request);
    return this.available(signal, async () => {
      try {
        return await this.connections.with(signal, find);
      } catch (error) {
        if (classOf(error) !== 'poison') throw error;
        throw new SignalboxError(
          'invalid-query',
          `${this.name} refused the query: ${reasonOf(error)}`,
        );
      }
    });
  }

  async probe(signal: AbortSignal): Promise<void> {
    await this.available(signal, () =>
      this.connections.with(signal, (client) => client.query(PROBE)),
    );
  }

  close(): Promise<void> {
    return this.connections.close();
  }

  private async available<T>(signal: AbortSignal, use: () => Promise<T>): Promise<T> {
    try {
      return await use();
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof SignalboxError ? error : this.connections.unavailable(error);
    }
  }
}
