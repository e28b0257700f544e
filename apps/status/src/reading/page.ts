import { SignalboxError } from '#contracts';

/** A page of a list. */
export interface PageOf<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string;
}

/** What a page of items may take as JSON, so that the answer fits a message. */
const MAX_PAGE_BYTES = 384 * 1024;

/**
 * Makes a page of rows that were read one further than `limit`. It is cut short where its items would not fit a message;
 * `nextCursor` stands where anything is left.
 */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
  cursorOf: (row: Row) => Cursor,
): PageOf<Item> {
  const items: Item[] = [];
  let bytes = 0;
  for (const row of rows.slice(0, limit)) {
    const item = toItem(row);
    bytes += Buffer.byteLength(JSON.stringify(item));
    if (items.length > 0 && bytes > MAX_PAGE_BYTES) break;
    items.push(item);
  }
  const last = rows[items.length - 1];
  return items.length < rows.length && last !== undefined
    ? { items, nextCursor: encodeCursor(cursorOf(last)) }
    : { items };
}

/** The sort key of the last item of a page. */
export type Cursor = readonly (string | number)[];

/** Text and number of a cursor, as its query returned it. Throws `invalid-cursor` for any other text. */
export function decodeCursor<T extends Cursor>(
  cursor: string,
  shape: { readonly [K in keyof T]: 'string' | 'number' },
): T {
  const parts = parse(cursor);
  const fits =
    Array.isArray(parts) &&
    parts.length === shape.length &&
    parts.every((part, at) => typeof part === shape[at]);
  if (fits) return parts as unknown as T;
  throw invalidCursor();
}

/** Says that a cursor is none that its query returned. */
export function invalidCursor(cause?: unknown): SignalboxError {
  return new SignalboxError(
    'invalid-cursor',
    'cursor: is not one that this query returned: begin again without one',
    { cause },
  );
}

function encodeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}
