import { SignalboxError, type SearchSort } from '#contracts';
import type { SearchPosition } from '../stores/search-request.js';

/** A place in the order of a search as text that people pass back unread. */
export function encodeCursor(
  sort: SearchSort,
  { score, timeMs, index, id }: SearchPosition,
): string {
  // The id may hold anything, so it comes last.
  return Buffer.from([sort, score, timeMs ?? '', index, id].join('\n')).toString('base64url');
}

/** Reads a cursor of a search in the same order. Throws `invalid-cursor`. */
export function decodeCursor(sort: SearchSort, cursor: string): SearchPosition {
  const [of, score, time, index, ...id] = Buffer.from(cursor, 'base64url').toString().split('\n');
  const position = {
    score: Number(score),
    timeMs: time === '' ? undefined : Number(time),
    index: index ?? '',
    id: id.join('\n'),
  };
  const numbers = [position.score, position.timeMs ?? 0];
  if (of !== sort || position.id === '' || !numbers.every(Number.isFinite)) {
    throw new SignalboxError(
      'invalid-cursor',
      `the cursor is not one that a search with sort ${sort} returned: begin again without it`,
    );
  }
  return position;
}
