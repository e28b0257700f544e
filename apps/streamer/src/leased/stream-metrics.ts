import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import { STREAM_STATES } from '#contracts';
import type { StreamCounters, StreamState } from '#contracts';

/** Counts what the streams of this process do, over all of them. */
export class StreamMetrics {
  readonly #documents: Counter;
  readonly #bytes: Counter;
  readonly #reconnects: Counter;
  readonly #rejected: Counter;
  readonly #registry: Registry;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#registry = registry;
    this.#documents = new Counter({
      name: 'signalbox_streamer_documents_total',
      help: 'Documents published and confirmed.',
      registers,
    });
    this.#bytes = new Counter({
      name: 'signalbox_streamer_bytes_total',
      help: 'Bytes read from sources.',
      registers,
    });
    this.#reconnects = new Counter({
      name: 'signalbox_streamer_reconnects_total',
      help: 'Connections to sources after the first of a stream.',
      registers,
    });
    this.#rejected = new Counter({
      name: 'signalbox_streamer_rejected_total',
      help: 'Lines and events that became no document and went to the dead letters.',
      registers,
    });
  }

  /** Counts what a stream did between two readings of its counters. */
  add(before: StreamCounters, after: StreamCounters): void {
    this.#documents.inc(after.documents - before.documents);
    this.#bytes.inc(after.bytes - before.bytes);
    this.#reconnects.inc(after.reconnects - before.reconnects);
    this.#rejected.inc(after.rejected - before.rejected);
  }

  /** Shows how many streams are in which state, whenever somebody looks. */
  watch(states: () => readonly StreamState[]): void {
    new Gauge({
      name: 'signalbox_streamer_streams',
      help: 'Streams held, by what they are doing.',
      labelNames: ['state'],
      registers: [this.#registry],
      collect() {
        const held = states();
        for (const state of STREAM_STATES) {
          this.set({ state }, held.filter((one) => one === state).length);
        }
      },
    });
  }
}
