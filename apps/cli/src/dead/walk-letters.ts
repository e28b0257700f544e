import type { Broker, BrokerChannel } from '#broker';
import { SignalboxError, type QueueName } from '#contracts';
import { Gate, sleep, withTimeout } from '#supervisor';
import type { Delivery } from './letter.js';

/** How many letters are in memory at once: at most 512 KiB each. */
const PAGE_LETTERS = 200;
/** Letters that do not come for so long are held by somebody else. */
const QUIET_MS = 1_000;
/** The broker takes back what is held longer than half an hour, and closes the channel. */
const HOLD_MS = 20 * 60_000;
/** How long the queue gets to count what was put back, beside what it takes to put it back. */
const RETURN_MS = 5_000;
const POLL_MS = 5;

/**
 * Does with a page what is to be done; letters that are not removed stay in the queue. Says whether it wants to see more. What it
 * throws ends the walk.
 */
export type PageVisitor = (
  page: readonly Delivery[],
  remove: (delivery: Delivery) => void,
) => boolean | Promise<boolean>;

export interface WalkOptions {
  /** How many letters are looked at, from the oldest on. */
  readonly limit: number;
  /** Ends the walk early: its reason is thrown. A visitor at work is not interrupted. */
  readonly signal?: AbortSignal;
  /** How long letters are held before the walk ends early, in milliseconds. Default 20 minutes. */
  readonly holdMs?: number;
}

export interface Walk {
  /** How many letters were in the queue and held by nobody. */
  readonly waiting: number;
  /** How many of them were looked at. */
  readonly looked: number;
  /** True when the walk ended because letters must not be held longer. */
  readonly cut: boolean;
}

/**
 * Shows a dead-letter queue's letters to a visitor, page by page from the oldest on, and puts back in their order what the
 * visitor did not remove. While it goes on, nobody else sees these letters. Resolves with nothing when there is no such queue:
 * its service has never started. Throws `DependencyUnavailableError` when the connection is lost: what was not removed is then in
 * the queue, and what was removed last may be, too.
 */
export async function walkLetters(
  broker: Broker,
  queue: QueueName,
  { limit, signal, holdMs = HOLD_MS }: WalkOptions,
  visit: PageVisitor,
): Promise<Walk | undefined> {
  const channel = await broker.openChannel('consume', signal);
  const held = new HeldLetters(channel, queue);
  try {
    const waiting = await countIn(channel, queue);
    if (waiting === undefined) return undefined;
    const startedAt = performance.now();
    const wanted = Math.min(limit, waiting);
    let looked = 0;
    let cut = false;
    for (let more = true; more && looked < wanted && !cut;) {
      const size = Math.min(PAGE_LETTERS, wanted - looked);
      const carried = held.takeCarried();
      const next = await nextPage(channel, queue, size - carried.length, signal);
      const page = [...carried, ...next];
      looked += page.length;
      more = await held.visit(page, visit);
      signal?.throwIfAborted();
      channel.lost.throwIfAborted();
      if (page.length < size) break;
      cut = more && looked < wanted && performance.now() - startedAt >= holdMs;
    }
    return { waiting, looked, cut };
  } finally {
    await held.putBack();
    await channel.close();
  }
}

/** How many letters of a queue nobody holds; nothing when there is no such queue, which costs the channel. */
async function countIn(channel: BrokerChannel, queue: string): Promise<number | undefined> {
  try {
    return (await channel.raw.checkQueue(queue)).messageCount;
  } catch (error) {
    if (hasCode(error, NOT_FOUND)) return undefined;
    throw error;
  }
}

const NOT_FOUND = 404;
const ACCESS_REFUSED = 403;

function hasCode(error: unknown, code: number): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function notPermitted(queue: string, cause: unknown): SignalboxError {
  const why = `this AMQP user may not read ${queue}: take one who may (maintainer) in AMQP_URL or --url`;
  return new SignalboxError('not-permitted', why, { cause });
}

/**
 * The next letters, `size` of them unless somebody else holds some. Each page has a consumer of its own whose prefetch ends the
 * page: letters that are held do not bring new ones.
 */
async function nextPage(
  channel: BrokerChannel,
  queue: string,
  size: number,
  signal: AbortSignal | undefined,
): Promise<readonly Delivery[]> {
  if (size === 0) return [];
  const page: Delivery[] = [];
  const full = new Gate();
  const take = (delivery: Delivery): void => {
    page.push(delivery);
    if (page.length === size) full.open();
  };
  const consumer = await channel
    .consume(queue, take, { prefetch: size })
    .catch((error: unknown) => {
      throw hasCode(error, ACCESS_REFUSED) ? notPermitted(queue, error) : error;
    });
  for (let before = -1; page.length < size && page.length > before;) {
    before = page.length;
    await withTimeout((until) => full.wait(until), QUIET_MS, { signal }).catch(() => undefined);
    signal?.throwIfAborted();
    channel.lost.throwIfAborted();
  }
  await channel.cancel(consumer);
  return page;
}

/**
 * RabbitMQ keeps what it puts back at once in a hash map, and the order of letters only as long as that is small: at most 32
 * (seen on 3.10; Erlang's maps are sorted up to that size).
 */
const PUT_BACK_AT_ONCE = 30;
/** It puts back together what comes too fast, and so must not come too fast. */
const PUT_BACK_UNCOUNTED = 20 * PUT_BACK_AT_ONCE;

/** The letters that a walk holds until it ends. */
class HeldLetters {
  /** Those that stay, in their order; only the last of each group is remembered. */
  private readonly groups: { readonly end: Delivery; readonly count: number }[] = [];
  /** What came too early, and belongs to the next page. */
  private carried: readonly Delivery[] = [];

  constructor(
    private readonly channel: BrokerChannel,
    private readonly queue: string,
  ) {}

  async visit(page: readonly Delivery[], visit: PageVisitor): Promise<boolean> {
    const removed = new Set<Delivery>();
    try {
      return await visit(page, (delivery) => {
        this.channel.ack(delivery);
        removed.add(delivery);
      });
    } finally {
      this.keep(page.filter((delivery) => !removed.has(delivery)));
      if (removed.size > 0) await this.untilAcknowledged();
    }
  }

  takeCarried(): readonly Delivery[] {
    const { carried } = this;
    this.carried = [];
    return carried;
  }

  /** The oldest first: so they lie in their old order again. Waits until the queue counts them. */
  async putBack(): Promise<void> {
    this.keep(this.takeCarried());
    if (this.channel.lost.aborted || this.groups.length === 0) return;
    const giveUpAt = performance.now() + RETURN_MS;
    let expected = (await countIn(this.channel, this.queue)) ?? 0;
    let uncounted = 0;
    for (const { end, count } of this.groups) {
      if (uncounted + count > PUT_BACK_UNCOUNTED) {
        await this.untilCounted(expected, giveUpAt);
        uncounted = 0;
      }
      if (this.channel.lost.aborted) return;
      this.channel.raw.nack(end, true, true);
      expected += count;
      uncounted += count;
    }
    await this.untilCounted(expected, giveUpAt);
  }

  /** A group has one consumer: of letters of two, either's may be put back first. */
  private keep(letters: readonly Delivery[]): void {
    for (const [at, end] of letters.entries()) {
      const last = this.groups.at(-1);
      const joins =
        at > 0 &&
        last !== undefined &&
        last.count < PUT_BACK_AT_ONCE &&
        last.end.fields.consumerTag === end.fields.consumerTag;
      if (joins) this.groups.pop();
      this.groups.push({ end, count: joins ? last.count + 1 : 1 });
    }
  }

  /**
   * RabbitMQ 3.10 holds acknowledgements back that come faster than a quorum queue takes them, and forgets those when the channel
   * is closed: of 300 at once, 266 letters came back. To begin and end a consumer goes through the queue behind them.
   * `BrokerChannel.acknowledged` does not serve here: it stops waiting after 3 s, and what comes meanwhile is out of the walk's
   * sight (RabbitMQ 4 knows no credit, and gives its consumer a letter).
   */
  private async untilAcknowledged(): Promise<void> {
    if (this.channel.lost.aborted) return;
    const early: Delivery[] = [];
    const take = (delivery: Delivery): unknown => early.push(delivery);
    const consumer = await this.channel.consume(this.queue, take, { prefetch: 1 });
    await this.channel.cancel(consumer);
    this.carried = [...this.carried, ...early];
  }

  /** Past the time it is no longer waited for: somebody else takes letters meanwhile, and the count is never reached. */
  private async untilCounted(expected: number, giveUpAt: number): Promise<void> {
    do {
      if (this.channel.lost.aborted) return;
      if (((await countIn(this.channel, this.queue)) ?? Infinity) >= expected) return;
      await sleep(POLL_MS);
    } while (performance.now() < giveUpAt);
  }
}
