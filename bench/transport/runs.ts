/** Timed runs of one client on an empty virtual host of its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TargetsChanged } from '#contracts';
import { Deferred, withTimeout } from '#supervisor';
import { connectPlainly } from '../clients/amqplib.ts';
import { withQueue } from '../clients/queue.ts';
import { whileOpen } from '../clients/reading.ts';
import { amqplib } from './amqplib.ts';
import type { Client } from './client.ts';
import { READING, WINDOW, messageOf } from './conditions.ts';

/** A quorum queue that is behind forgets the acknowledgements that a channel sent just before it was closed. */
const SETTLING_MS = 500;

/** What a run took and what it moved. */
export interface Spent {
  readonly seconds: number;
  /** Processor time of this process, its garbage collector included. */
  readonly cpuSeconds: number;
  readonly sent: number;
  /** What arrived, each message counted once, less what came twice. */
  readonly received: number;
}

/** Publishes, at most `WINDOW` unconfirmed; then looks what is in the queue. */
export function publishing(client: Client, count: number, signal: AbortSignal): Promise<Spent> {
  return withQueue(READING.queue, async (amqpUrl) => {
    const spent = await whileOpen(await client.publishing(amqpUrl), async ({ publish }) => {
      await pump(1, WINDOW, publish, signal);
      const end = stopwatch();
      await pump(WINDOW + 1, count, publish, signal);
      return end();
    });
    // Another client looks: one that cannot read what it wrote must not vouch for itself.
    const sent = WINDOW + count;
    const tally = new Tally(sent);
    const seqOf = (body: object) => ('data' in body ? body.data : body) as TargetsChanged;
    const reader = await amqplib.consuming(amqpUrl, (body) => tally.note(seqOf(body)));
    await whileOpen(reader, () => tally.done(signal));
    return { ...spent, sent, received: tally.received };
  });
}

/** Fills the queue, then consumes it empty; timed from the first handler to the last. */
export function consuming(client: Client, count: number, signal: AbortSignal): Promise<Spent> {
  return withQueue(READING.queue, async (amqpUrl) => {
    await fill(amqpUrl, client, count, signal);
    const tally = new Tally(count);
    const consumer = await client.consuming(amqpUrl, (message) => tally.note(message));
    await whileOpen(consumer, async () => {
      await tally.done(signal);
      await sleep(SETTLING_MS, undefined, { signal });
    });
    const left = await waitingIn(amqpUrl);
    return { ...tally.spent(), sent: count, received: tally.received - left };
  });
}

/** What went through a queue, by the number each message carries. */
class Tally {
  private readonly seen: Uint8Array;
  private total = 0;
  private distinct = 0;
  private readonly complete = new Deferred();
  private elapsed: (() => { seconds: number; cpuSeconds: number }) | undefined;
  private result = { seconds: 0, cpuSeconds: 0 };
  private readonly count: number;

  constructor(count: number) {
    this.count = count;
    this.seen = new Uint8Array(count + 1);
  }

  note({ seq }: TargetsChanged): void {
    this.elapsed ??= stopwatch();
    this.total += 1;
    if (this.seen[seq] === 0) this.distinct += 1;
    this.seen[seq] = 1;
    if (this.distinct < this.count) return;
    this.result = this.elapsed();
    this.complete.resolve();
  }

  get received(): number {
    return 2 * this.distinct - this.total;
  }

  spent() {
    return this.result;
  }

  /** Resolves when each has come; after 30 s without, too: then `received` says what is missing. */
  async done(signal: AbortSignal): Promise<void> {
    await withTimeout(this.complete.promise, 30_000, { signal }).catch(() =>
      signal.throwIfAborted(),
    );
  }
}

/** Calls `publish` with messages from number `first` on, at most `WINDOW` at a time. Throws the signal's reason when all have ended. */
async function pump(
  first: number,
  count: number,
  publish: (message: TargetsChanged) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let next = first;
  const one = async (): Promise<void> => {
    while (next < first + count && !signal.aborted) await publish(messageOf(next++));
  };
  await Promise.all(Array.from({ length: WINDOW }, one));
  signal.throwIfAborted();
}

async function fill(
  amqpUrl: string,
  { envelope }: Client,
  count: number,
  signal: AbortSignal,
): Promise<void> {
  await whileOpen(await amqplib.publishing(amqpUrl), (publisher) =>
    pump(1, count, (message) => publisher.publish(envelope(message)), signal),
  );
}

/** How many messages the queue has kept: settled ones may be counted for a moment. */
async function waitingIn(amqpUrl: string): Promise<number> {
  const connection = await connectPlainly(amqpUrl);
  const channel = await connection.createChannel();
  let left: number;
  let looks = 0;
  do {
    await sleep(looks > 0 ? 100 : 0);
    left = (await channel.checkQueue(READING.queue)).messageCount;
    looks += 1;
  } while (left > 0 && looks < 50);
  await connection.close();
  return left;
}

function stopwatch(): () => { seconds: number; cpuSeconds: number } {
  const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return {
      seconds: (performance.now() - startedAt) / 1_000,
      cpuSeconds: (user + system) / 1e6,
    };
  };
}
