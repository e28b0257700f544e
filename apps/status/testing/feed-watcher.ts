import { get, type ClientRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { Deferred } from '#supervisor';

/** An event as a client of the feed reads it. */
export interface WatchedEvent {
  readonly id: string | undefined;
  readonly type: string;
  readonly data: unknown;
}

/** A client of the feed: reads an event stream as a browser's `EventSource` does, but connects again only when it is told to. */
export class FeedWatcher {
  readonly events: WatchedEvent[] = [];
  readonly comments: string[] = [];
  /** The last id it had, of an event or of an id that came alone. */
  lastEventId: string | undefined;
  private request: ClientRequest | undefined;
  private rest = '';
  private heard = new Deferred();
  private ended = new Deferred();

  constructor(private readonly url: string) {}

  /** Connects, as a client that had this id; resolves with the response's head. */
  async connect(lastEventId: string | undefined = this.lastEventId): Promise<IncomingMessage> {
    const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    this.lastEventId = lastEventId;
    this.rest = '';
    this.ended = new Deferred();
    this.request = get(this.url, { headers, agent: false });
    const [response] = (await once(this.request, 'response')) as [IncomingMessage];
    response.setEncoding('utf8').on('data', (text: string) => this.read(text));
    const end = (): void => {
      this.ended.resolve();
      this.heard.resolve();
    };
    response.on('error', end).on('close', end);
    return response;
  }

  /** Resolves once what was heard fits. */
  async until(fits: (events: readonly WatchedEvent[]) => boolean): Promise<void> {
    while (!fits(this.events)) {
      this.heard = new Deferred();
      await this.heard.promise;
    }
  }

  /** Resolves once the server has ended the stream. */
  async end(): Promise<void> {
    await this.ended.promise;
  }

  /** The events that the feed numbers, without `live`. */
  get entries(): readonly WatchedEvent[] {
    return this.events.filter(({ id, type }) => id !== undefined && type !== 'live');
  }

  close(): void {
    this.request?.destroy();
  }

  private read(text: string): void {
    const blocks = `${this.rest}${text}`.split('\n\n');
    this.rest = blocks.pop() ?? '';
    for (const block of blocks) this.readBlock(block);
    this.heard.resolve();
  }

  private readBlock(block: string): void {
    let id: string | undefined;
    let [type, data] = ['message', ''];
    for (const line of block.split('\n')) {
      const colon = line.indexOf(':');
      const [name, value] = [line.slice(0, colon), line.slice(colon + 1).trimStart()];
      if (name === '') this.comments.push(value);
      else if (name === 'id') id = value;
      else if (name === 'event') type = value;
      else if (name === 'data') data = value;
    }
    this.lastEventId = id ?? this.lastEventId;
    if (data !== '') this.events.push({ id, type, data: JSON.parse(data) });
  }
}

/** The numbers of events, in the order they came. */
export function numbersOf(events: readonly WatchedEvent[]): number[] {
  return events.map(({ id }) => Number.parseInt(id ?? '', 10));
}
