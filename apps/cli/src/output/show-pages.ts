import type { Console } from './console.js';

/** A list as it is shown. */
export interface Shown<T> {
  /** How many items at most. */
  readonly limit: number;
  /** The lines for people of further items. */
  readonly lines: (items: readonly T[]) => readonly string[];
}

/**
 * Shows the items of pages, each page as it comes, and keeps none. Says so when there are more than the limit. Returns how many it
 * has shown; throws what the pages throw.
 */
export async function showPages<T extends object>(
  pages: AsyncIterable<{ readonly items: readonly T[]; readonly nextCursor?: string }>,
  console: Console,
  { limit, lines }: Shown<T>,
): Promise<number> {
  let shown = 0;
  for await (const { items, nextCursor } of pages) {
    const fitting = items.slice(0, limit - shown);
    for (const item of fitting) console.object(item);
    if (fitting.length > 0) for (const line of lines(fitting)) console.line(line);
    shown += fitting.length;
    if (shown < limit) continue;
    if (nextCursor !== undefined || fitting.length < items.length) {
      console.note(`the first ${shown} are shown; there are more, see --limit`);
    }
    break;
  }
  return shown;
}
