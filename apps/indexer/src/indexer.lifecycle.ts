import { BrokerServer } from '#broker';
import { LeaseClient } from '#lease';
import { HealthRegistry, Lifecycle, TaskRegistry } from '#runtime';
import { Supervisor } from '#supervisor';
import { Inject, Injectable } from '@nestjs/common';
import { DocumentWriter } from './documents/document-writer.js';
import { IndexEvents } from './documents/index-events.js';
import type { DocumentStore } from './stores/document-store.js';
import { DOCUMENT_STORE } from './stores/stores.providers.js';

const EVENTS_EVERY_MS = 1_000;

/** In which order the parts of the indexer start and stop, and what is seen of them from outside. */
@Injectable()
export class IndexerLifecycle {
  private readonly reporting = new Supervisor({ name: 'index events', limit: 1 });

  constructor(
    @Inject(DOCUMENT_STORE) store: DocumentStore,
    private readonly events: IndexEvents,
    writer: DocumentWriter,
    transport: BrokerServer,
    instance: LeaseClient,
    lifecycle: Lifecycle,
    health: HealthRegistry,
    tasks: TaskRegistry,
  ) {
    health.register('search store', () => writer.availability.trouble());
    health.register('status', () => instance.trouble());
    tasks.add(writer.supervisor);
    transport.setProbe('indexer.documents', (signal) => writer.availability.probe(signal));

    lifecycle.onStart('search store', (signal) => store.open(signal));
    lifecycle.onStart('document writer', () => writer.start());
    lifecycle.onStart('index events', () => this.report());
    // Documents are written whether or not there is a status to be known to.
    lifecycle.onStart('instance', () => void instance.start());
    lifecycle.onDrain('index events', (signal) => events.publish(signal));

    lifecycle.onClose('instance', () => instance.close());
    lifecycle.onClose('search store', () => store.close());
    lifecycle.onClose('document writer', () => writer.close());
    lifecycle.onClose('index events', async () => void (await this.reporting.close()));
  }

  private report(): void {
    this.reporting.trySpawn('report', async (context) => {
      for (;;) {
        await context.sleep(EVENTS_EVERY_MS);
        await this.events.publish(context.signal);
      }
    });
  }
}
