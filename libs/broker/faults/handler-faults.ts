import { DEAD_LETTER_HEADERS, type DeliveryContext } from '#broker';
import { SearchDocuments, SearchDocumentsAnswered } from '#contracts';
import { Deferred, Gate, onAbort, sleep } from '#supervisor';
import { eventually } from '../../../tools/testing/eventually.ts';
import { transportOf } from '../testing/transport.ts';
import type { Fault } from './fault.ts';
import { QUEUE, type Stage } from './stage.ts';

/** How many handlers hold their deliveries. */
const HELD = 16;
const DEAD = `${QUEUE}.dead` as const;

/** One of ten. */
const isTenth = (id: string): boolean => id.endsWith('7');

const THROWS: Fault = {
  name: 'the handler throws',
  run: async (stage) => {
    const codes = await deadLetters(stage);
    await stage.consume(async (id) => {
      if (isTenth(id)) throw new Error('a defect');
    });
    await stage.publish();
    await stage.allSettled();
    const { dead } = stage.ledger.totals;
    const expected = Math.floor(stage.messages / 10);
    const internal = codes.get('internal') ?? 0;
    return dead === expected && internal >= expected
      ? []
      : [
          `${expected} handlers threw, ${dead} letters are dead, ${internal} with the code internal`,
        ];
  },
};

const HANGS: Fault = {
  name: 'the handler hangs past its deadline',
  run: async (stage) => {
    const questions = Math.ceil(stage.messages / 100);
    let [begun, stopped] = [0, 0];
    const queues = [
      { queue: QUEUE, prefetch: 32 },
      { queue: 'indexer.queries', prefetch: 8 },
    ] as const;
    const search = async (
      { query }: SearchDocuments,
      { signal }: DeliveryContext,
    ): Promise<object> => {
      if (query === 'hang') {
        begun += 1;
        onAbort(signal, () => (stopped += 1));
        await sleep(Infinity, signal);
      }
      return Object.assign(new SearchDocumentsAnswered(), { hits: [], total: 0 });
    };
    const index = stage.handler(async () => undefined);
    const handlers = { 'document.index': index, 'document.search': search };
    await stage.listen(transportOf(stage.broker, queues, handlers));
    const published = stage.publish();
    let [late, answered] = [0, 0];
    for (let n = 0; n < questions; n += 1) {
      await ask(stage, 'hang', 50).catch(
        (error: { code?: string }) => (late += error.code === 'timed-out' ? 1 : 0),
      );
      await ask(stage, 'answer', 10_000);
      answered += 1;
    }
    await published;
    await stage.allSettled();
    await eventually('every handler is stopped', () => stopped === begun);
    return late === questions && answered === questions
      ? []
      : [
          `${questions} questions hung (${begun} handlers): ${late} askers were told, ${answered} of the others answered`,
        ];
  },
};

function ask(stage: Stage, query: string, timeoutMs: number): Promise<object> {
  const body = { index: 'lines', query } as SearchDocuments;
  return stage.broker.requester.request(SearchDocuments, body, { timeoutMs });
}

/** Handlers hold their deliveries until the channel is gone, then return as if nothing had happened. */
const RETURNS_LATE: Fault = {
  name: 'the handler returns after its channel died',
  run: async (stage) => {
    for (const [from, to] of [
      [0, 0.3],
      [0.3, 0.6],
      [0.6, 1],
    ] as const) {
      const held = new Deferred();
      const noticed = new Deferred();
      const mayEnd = new Gate();
      let first = 0;
      const transport = await stage.consume(async (_, { signal }) => {
        first += 1;
        if (first > HELD) return;
        if (first === HELD) held.resolve();
        onAbort(signal, () => noticed.resolve());
        await mayEnd.wait();
      });
      const published = stage.publish(
        Math.floor(from * stage.messages),
        Math.floor(to * stage.messages),
      );
      await held.promise;
      stage.proxy.breakChannel('consume');
      await noticed.promise;
      mayEnd.open();
      await published;
      await stage.allSettled();
      await transport.drain(5_000);
    }
    const { redelivered } = stage.ledger.totals;
    return redelivered >= 3 * HELD ? [] : [`only ${redelivered} deliveries came again`];
  },
};

/** Reads the dead-letter queue into the ledger; gives how many letters there are by code. */
async function deadLetters(stage: Stage): Promise<ReadonlyMap<string, number>> {
  const codes = new Map<string, number>();
  await stage.declare();
  const channel = await stage.onlooker.openChannel('consume');
  await channel.consume(
    DEAD,
    (letter) => {
      const code = String(letter.properties.headers?.[DEAD_LETTER_HEADERS.code]);
      codes.set(code, (codes.get(code) ?? 0) + 1);
      stage.ledger.noteDead(String(letter.properties.messageId));
      channel.ack(letter);
    },
    { prefetch: 100 },
  );
  return codes;
}

/** What handlers do. */
export const HANDLER_FAULTS: readonly Fault[] = [THROWS, HANGS, RETURNS_LATE];
