import { BrokerServer } from '#broker';
import { LeaseClient } from '#lease';
import { HealthRegistry, Lifecycle, Logger, Loops, TaskRegistry } from '#runtime';
import type { TaskContext } from '#supervisor';
import { Inject, Injectable } from '@nestjs/common';
import { DocumentWriter } from './documents/document-writer.js';
import { IndexEvents } from './documents/index-events.js';
import type { DocumentStore } from './stores/document-store.js';
import { DOCUMENT_STORE } from './stores/stores.providers.js';

const EVENTS_EVERY_MS = 1_000;

/** In which order the parts of the indexer start and stop, and what is seen of them from outside. */
@Injectable()
export class IndexerLifecycle {
  constructor(
    @Inject(DOCUMENT_STORE) store: DocumentStore,
    events: IndexEvents,
    writer: DocumentWriter,
    transport: BrokerServer,
    instance: LeaseClient,
    lifecycle: Lifecycle,
    health: HealthRegistry,
    tasks: TaskRegistry,
    log: Logger,
  ) {
    const news = new Loops({ name: 'news for status', limit: 2, log });
    health.register('search store', () => writer.availability.trouble());
    health.register('status', () => instance.trouble());
    health.register('document writer', () => writer.loops.trouble());
    health.register('news for status', () => news.trouble());
    tasks.add(writer.loops.supervisor);
    tasks.add(news.supervisor);
    tasks.add(instance.supervisor);
    transport.setProbe('indexer.documents', (signal) => writer.availability.probe(signal));

    lifecycle.onStart('search store', (signal) => store.open(signal));
    lifecycle.onStart('document writer', () => writer.start());
    lifecycle.onStart('index events', () =>
      news.start('tell status about indices', (context) => tell(events, context)),
    );
    // Documents are written whether or not there is a status to be known to.
    lifecycle.onStart('instance', () =>
      news.start('become known to status', ({ signal }) => instance.start(signal)),
    );
    lifecycle.onDrain('index events', (signal) => events.publish(signal));

    lifecycle.onClose('instance', () => instance.close());
    lifecycle.onClose('search store', () => store.close());
    lifecycle.onClose('document writer', () => writer.close());
    lifecycle.onClose('news for status', async () => void (await news.close()));
  }
}

async function tell(events: IndexEvents, context: TaskContext): Promise<void> {
  for (;;) {
    await context.sleep(EVENTS_EVERY_MS);
    await events.publish(context.signal);
  }
}
