import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeDocuments, type IndexDocument } from '#contracts';
import { DEAD_LETTER_HEADERS, type OutgoingMessage, type Publisher } from '#broker';
import { MetricsRegistry, silentLog } from '#runtime';
import { Gate, ManualClock } from '#supervisor';
import { ScriptedStore } from '../../testing/scripted-store.js';
import type { ItemClass } from '../stores/item-result.js';
import { DocumentWriter } from './document-writer.js';
import { IndexCounters } from './index-counters.js';
import { IndexEvents } from './index-events.js';
import { WriterMetrics } from './writer-metrics.js';

const LIMITS = {
  maxDocuments: 10,
  maxBytes: 10_000,
  maxWaitMs: 200,
  bulks: 2,
  storeDownMs: 30_000,
};

const HEADERS = {
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  'signalbox-requested-by': 'streamer',
};

/** Keeps what it is given, unless it is told to hang. */
class RecordingPublisher {
  readonly letters: OutgoingMessage[] = [];
  readonly handedOver: { ids: string[]; attempt: unknown; headers: object }[] = [];
  hangs = false;

  async send(letter: OutgoingMessage, signal: AbortSignal): Promise<void> {
    await this.unlessHanging(signal);
    this.letters.push(letter);
  }

  async publishDocuments(
    documents: readonly IndexDocument[],
    { headers, signal }: { headers: Record<string, unknown>; signal: AbortSignal },
  ): Promise<void> {
    await this.unlessHanging(signal);
    const attempt = headers[DEAD_LETTER_HEADERS.attempt];
    this.handedOver.push({ ids: documents.map(({ id }) => id), attempt, headers });
  }

  private async unlessHanging(signal: AbortSignal): Promise<void> {
    if (this.hangs) await new Gate().wait(signal);
  }
}

let clock: ManualClock;
let store: ScriptedStore;
let publisher: RecordingPublisher;
let counters: IndexCounters;
let writer: DocumentWriter;
const forever = new AbortController().signal;

beforeEach(() => {
  clock = new ManualClock();
  store = new ScriptedStore();
  publisher = new RecordingPublisher();
  counters = new IndexCounters();
  const parts = { publisher: publisher as unknown as Publisher, counters, log: silentLog, clock };
  const events = new IndexEvents({ ...parts, instanceId: 'test.1' });
  const metrics = new WriterMetrics(new MetricsRegistry());
  writer = new DocumentWriter({ ...parts, store, events, metrics, limits: LIMITS });
  writer.start();
});

afterEach(async () => {
  const closing = writer.close();
  await clock.advanceAsync(10_000);
  await closing;
  if (clock.pendingTimers > 0) throw new Error('the writer left a timer behind');
});

function documentsOf(ids: string, index = 'lines'): IndexDocument[] {
  return Array.from(ids, (id) => ({ index, id, source: Buffer.from('{}') }));
}

/** A delivered message; `state` is `held` until it ends. */
function deliver(documents: IndexDocument[], { attempt = 1, signal = forever } = {}) {
  const delivery = { state: 'held' as string, error: undefined as unknown };
  writer.accept({ messageId: 'm', attempt, headers: HEADERS, documents }, signal).then(
    () => (delivery.state = 'acknowledged'),
    (error: unknown) => Object.assign(delivery, { state: 'failed', error }),
  );
  return delivery;
}

describe('DocumentWriter', () => {
  it('acknowledges a message once all its documents are in the store, not before', async () => {
    store.flow.close();
    const delivery = deliver(documentsOf('abcdefghijkl'));
    await clock.advanceAsync(1_000);
    expect(delivery.state).toBe('held');
    expect(store.bulks).toEqual([10, 2]);
    store.flow.open();
    await clock.advanceAsync(0);
    expect(delivery.state).toBe('acknowledged');
    expect(store.size).toBe(12);
  });

  it('puts documents of many messages into one bulk', async () => {
    const deliveries = ['a', 'b', 'c'].map((id) => deliver(documentsOf(id)));
    await clock.advanceAsync(200);
    expect(store.bulks).toEqual([3]);
    expect(deliveries.map(({ state }) => state)).toEqual(Array(3).fill('acknowledged'));
  });

  it('never has more bulks under way than allowed', async () => {
    store.flow.close();
    for (let n = 0; n < 10; n += 1) deliver(documentsOf('abcdefghij'));
    await clock.advanceAsync(1_000);
    expect(store.mostUnderWay).toBe(2);
    store.flow.open();
    await clock.advanceAsync(1_000);
    expect(store.mostUnderWay).toBe(2);
  });

  it('takes a document that is there already for done, and counts it', async () => {
    deliver(documentsOf('a'));
    const again = deliver(documentsOf('ab'));
    await clock.advanceAsync(200);
    expect(again.state).toBe('acknowledged');
    expect(counters.of('lines')).toEqual({ written: 2, duplicates: 1, rejected: 0, parked: 0 });
  });

  it.each<[ItemClass, number]>([
    ['transient', 3],
    ['backpressure', 30],
    ['unknown', 3],
  ])('tries a %s document again until it is in', async (kind, times) => {
    store.answers.set(
      'b',
      Array.from({ length: times }, () => kind),
    );
    const delivery = deliver(documentsOf('abc'));
    await clock.advanceAsync(200);
    expect(store.size).toBe(2);
    expect(delivery.state).toBe('held');
    await clock.advanceAsync(10 * 60_000);
    expect(store.size).toBe(3);
    expect(publisher.letters).toEqual([]);
  });

  it.each<[ItemClass, string]>([
    ['poison', 'document-refused'],
    ['too-large', 'document-too-large'],
  ])('puts a %s document alone into the dead-letter queue, with the reason', async (kind, code) => {
    store.answers.set('b', [kind]);
    const delivery = deliver(documentsOf('abc'), { attempt: 3 });
    await clock.advanceAsync(200);
    expect(delivery.state).toBe('acknowledged');
    expect(publisher.letters).toHaveLength(1);
    const [letter] = publisher.letters;
    expect(letter).toMatchObject({
      exchange: 'signalbox.dead',
      routingKey: 'indexer.documents.dead',
    });
    expect(decodeDocuments(letter!.body)).toEqual(documentsOf('b'));
    expect(letter!.properties).toMatchObject({ type: 'document.index', messageId: 'm' });
    expect(letter!.properties.headers).toMatchObject({
      ...HEADERS,
      'signalbox-error-code': code,
      'signalbox-error-message': expect.stringMatching(/document b of index lines: scripted/),
      'signalbox-queue': 'indexer.documents',
      'signalbox-attempt': 3,
    });
    expect(counters.of('lines')).toMatchObject({ written: 2, rejected: 1 });
  });

  it('gives a document up that fails eight times while others get in', async () => {
    store.answers.set(
      'x',
      Array.from({ length: 100 }, () => 'transient'),
    );
    deliver(documentsOf('x'), { attempt: 7 });
    for (let n = 0; n < 100 && publisher.letters.length === 0; n += 1) {
      deliver(documentsOf(String.fromCodePoint(200 + n)));
      await clock.advanceAsync(1_000);
    }
    expect(publisher.letters).toHaveLength(1);
    expect(store.answers.get('x')).toHaveLength(98);
  });

  it('does not count tries against a document while nothing else gets in', async () => {
    store.closed.set('lines', 'transient');
    deliver(documentsOf('x'));
    await clock.advanceAsync(5 * 60_000);
    expect(publisher.letters).toEqual([]);
    expect(publisher.handedOver.every(({ attempt }) => attempt === 2)).toBe(true);
  });

  it('lets documents of other indices pass those of a blocked one, and writes these when it opens', async () => {
    store.closed.set('full', 'blocked');
    const stuck = deliver(documentsOf('a', 'full'));
    await clock.advanceAsync(200);
    const later = deliver(documentsOf('b', 'full'));
    const other = deliver(documentsOf('c', 'well'));
    await clock.advanceAsync(200);
    expect(other.state).toBe('acknowledged');
    expect([stuck.state, later.state]).toEqual(['held', 'held']);
    store.closed.clear();
    await clock.advanceAsync(5_000);
    expect([stuck.state, later.state]).toEqual(['acknowledged', 'acknowledged']);
    expect(counters.of('full')).toMatchObject({ written: 2, parked: 2 });
  });

  it('hands what is stuck over to a new message after ten seconds, and acknowledges the old one', async () => {
    store.closed.set('full', 'misconfigured');
    const delivery = deliver([...documentsOf('a', 'well'), ...documentsOf('bc', 'full')]);
    await clock.advanceAsync(9_000);
    expect(delivery.state).toBe('held');
    await clock.advanceAsync(3_000);
    expect(delivery.state).toBe('acknowledged');
    expect(publisher.handedOver).toEqual([
      { ids: ['b', 'c'], attempt: 1, headers: { ...HEADERS, 'signalbox-attempt': 1 } },
    ]);
  });

  it('holds on to what is stuck when the queue has no room for it', async () => {
    store.closed.set('full', 'blocked');
    publisher.hangs = true;
    const delivery = deliver(documentsOf('a', 'full'));
    await clock.advanceAsync(60_000);
    expect(delivery.state).toBe('held');
    store.closed.clear();
    await clock.advanceAsync(60_000);
    expect(delivery.state).toBe('acknowledged');
    expect(store.size).toBe(1);
  });

  it('never drops a refused document that the dead-letter queue has no room for', async () => {
    store.answers.set('a', ['poison', 'poison', 'poison']);
    publisher.hangs = true;
    const delivery = deliver(documentsOf('a'));
    await clock.advanceAsync(12_000);
    expect(delivery.state).toBe('held');
    publisher.hangs = false;
    await clock.advanceAsync(60_000);
    expect(delivery.state).toBe('acknowledged');
    expect(publisher.letters.length + publisher.handedOver.length).toBeGreaterThan(0);
  });

  it.each<ItemClass>(['unknown', 'auth'])(
    'holds everything while the store is %s, and writes it when it is back',
    async (kind) => {
      store.outage = kind;
      const delivery = deliver(documentsOf('ab'));
      await clock.advanceAsync(10_000);
      expect(delivery.state).toBe('held');
      expect(store.bulks).toEqual([2]);
      expect(writer.availability.trouble()).toBe('still down');
      store.outage = undefined;
      await clock.advanceAsync(5_000);
      expect(delivery.state).toBe('acknowledged');
      expect(writer.availability.trouble()).toBeUndefined();
    },
  );

  it('gives everything back when the store stays down, takes nothing more, and goes on after a probe', async () => {
    store.outage = 'unknown';
    const held = deliver(documentsOf('ab'));
    await clock.advanceAsync(31_000);
    expect(held).toMatchObject({ state: 'failed', error: { code: 'dependency-unavailable' } });
    const refused = deliver(documentsOf('c'));
    await clock.advanceAsync(0);
    expect(refused).toMatchObject({ state: 'failed', error: { code: 'dependency-unavailable' } });
    await expect(writer.availability.probe(forever)).rejects.toThrow('still down');
    store.outage = undefined;
    await writer.availability.probe(forever);
    const again = deliver(documentsOf('abc'));
    await clock.advanceAsync(1_000);
    expect(again.state).toBe('acknowledged');
    expect(store.size).toBe(3);
  });

  it('lets go of a message whose delivery is given up; its documents are not written any more', async () => {
    store.flow.close();
    deliver(documentsOf('abcdefghij'));
    deliver(documentsOf('klmnopqrst'));
    const controller = new AbortController();
    const reason = new Error('the channel is gone');
    const delivery = deliver(documentsOf('uv'), { signal: controller.signal });
    await clock.advanceAsync(0);
    controller.abort(reason);
    await clock.advanceAsync(0);
    expect(delivery).toEqual({ state: 'failed', error: reason });
    store.flow.open();
    await clock.advanceAsync(1_000);
    expect(store.size).toBe(20);
  });

  it('says so when a part of it dies', async () => {
    expect(writer.loops.trouble()).toBeUndefined();
    counters.add = () => {
      throw new Error('a defect');
    };
    deliver(documentsOf('a'));
    await clock.advanceAsync(200);
    expect(writer.loops.trouble()).toMatch(/write bulks \(1 of 2\).*a defect/);
  });

  it('gives back what it holds when it is closed', async () => {
    store.flow.close();
    const delivery = deliver(documentsOf('a'));
    await clock.advanceAsync(200);
    const closing = writer.close();
    await clock.advanceAsync(0);
    await closing;
    expect(delivery).toMatchObject({ state: 'failed', error: { code: 'dependency-unavailable' } });
  });
});
