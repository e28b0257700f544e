import { feedId } from './feed-id.js';

/** What the feed tells of. `targets-ended` is about those that status ended itself: a range, whatever its size. */
export const FEED_TYPES = [
  'execution',
  'targets',
  'targets-ended',
  'stream',
  'service',
  'index',
] as const;
export type FeedType = (typeof FEED_TYPES)[number];

/** An entry of the feed, as it stands in the database. */
export interface FeedEntry {
  readonly number: number;
  readonly type: FeedType;
  /** The execution, the stream, the index, or the name of the service that it is about. */
  readonly subject: string;
  /** One line of JSON. */
  readonly data: string;
}

/** An entry as all clients get it: written once, shared by all of them. */
export interface FeedEvent extends FeedEntry {
  readonly text: string;
}

/** The entry as an event of a feed, with its id. */
export function feedEvent(entry: FeedEntry, generation: string): FeedEvent {
  const id = feedId({ generation, number: entry.number });
  return { ...entry, text: eventText(entry.type, entry.data, id) };
}

/** An event of an event stream (WHATWG HTML, "server-sent events"). Without an id the client keeps the one it had. */
export function eventText(type: string, data: string, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${data}\n\n`;
}
