import type { IndexSummary } from '#contracts';
import { printable } from './printable.js';
import { Table } from './table.js';
import { ago } from './time.js';

const HEAD = ['INDEX', 'STATE', 'SINCE', 'WRITTEN', 'DUPLICATES', 'REJECTED'];

/** Indices as a table, and below why those are blocked that are: in full, whatever the terminal's width. */
export class IndexTable {
  private readonly table: Table;

  constructor(width?: number) {
    this.table = new Table(HEAD, width);
  }

  /** The lines of further indices. */
  lines(indices: readonly IndexSummary[]): string[] {
    const reasons = indices
      .filter(({ reason }) => reason !== undefined)
      .map(({ index, reason = '', instanceId }) => {
        return `${index}: ${printable(reason)} (says indexer ${instanceId ?? '-'})`;
      });
    return [...this.table.lines(indices.map(row)), ...reasons];
  }
}

function row(item: IndexSummary): string[] {
  const numbers = [item.written, item.duplicates, item.rejected].map(String);
  return [item.index, item.state, ago(item.since), ...numbers];
}
