import type { StreamSummary } from '#contracts';
import { table } from './table.js';

const HEAD = ['STREAM', 'STATE', 'DOCUMENTS', 'BYTES', 'RECONNECTS', 'REJECTED', 'FROM'];

/** A table of streams, then why those are in trouble that are: in full, whatever the terminal's width. */
export function streamLines(streams: readonly StreamSummary[], width?: number): string[] {
  const reasons = streams
    .filter(({ reason }) => reason !== undefined)
    .map(({ streamId, reason }) => `${streamId}: ${reason}`);
  return [...table(HEAD, streams.map(row), width), ...reasons];
}

function row(item: StreamSummary): string[] {
  const { documents, bytes, reconnects, rejected } = item.counters;
  const state = item.code === undefined ? item.state : `${item.state} (${item.code})`;
  const numbers = [documents, bytes, reconnects, rejected].map(String);
  return [item.streamId, state, ...numbers, item.settings.url];
}
