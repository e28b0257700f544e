import type { StreamSummary } from '#contracts';
import { Table } from './table.js';

const HEAD = ['STREAM', 'STATE', 'DOCUMENTS', 'BYTES', 'RECONNECTS', 'REJECTED', 'FROM'];

/** Streams as a table, and below why those are in trouble that are: in full, whatever the terminal's width. */
export class StreamTable {
  private readonly table: Table;

  constructor(width?: number) {
    this.table = new Table(HEAD, width);
  }

  /** The lines of further streams. */
  lines(streams: readonly StreamSummary[]): string[] {
    const reasons = streams
      .filter(({ reason }) => reason !== undefined)
      .map(({ streamId, reason }) => `${streamId}: ${reason}`);
    return [...this.table.lines(streams.map(row)), ...reasons];
  }
}

function row(item: StreamSummary): string[] {
  const { documents, bytes, reconnects, rejected } = item.counters;
  const state = item.code === undefined ? item.state : `${item.state} (${item.code})`;
  const numbers = [documents, bytes, reconnects, rejected].map(String);
  return [item.streamId, state, ...numbers, item.settings.url];
}
