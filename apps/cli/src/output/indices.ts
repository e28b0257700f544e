import type { IndexSummary } from '#contracts';
import { printable } from './printable.js';
import { table } from './table.js';
import { ago } from './time.js';

const HEAD = ['INDEX', 'STATE', 'SINCE', 'WRITTEN', 'DUPLICATES', 'REJECTED'];

/** A table of indices, then why those are blocked that are: in full, whatever the terminal's width. */
export function indexLines(indices: readonly IndexSummary[], width?: number): string[] {
  const reasons = indices
    .filter(({ reason }) => reason !== undefined)
    .map(({ index, reason = '', instanceId }) => {
      return `${index}: ${printable(reason)} (says indexer ${instanceId ?? '-'})`;
    });
  return [...table(HEAD, indices.map(row), width), ...reasons];
}

function row(item: IndexSummary): string[] {
  const numbers = [item.written, item.duplicates, item.rejected].map(String);
  return [item.index, item.state, ago(item.since), ...numbers];
}
