import { randomUUID } from 'node:crypto';
import { Controller, Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  Broker,
  BrokerClient,
  BrokerModule,
  BrokerServer,
  DeliveryContext,
  OnMessage,
  OnQuery,
  Publisher,
  Requester,
  RethrowFilter,
  type BrokerLog,
} from '#broker';
import { IndexDocuments, SearchDocuments, SearchDocumentsAnswered, checkMessage } from '#contracts';
import { lastValueFrom } from 'rxjs';

@Controller()
class Documents {
  private total = 0;

  /** Returns, and the message is acknowledged; throws, and it is a dead letter. */
  @OnMessage('document.index')
  async index(
    @Payload() { documents }: IndexDocuments,
    @Ctx() { signal }: DeliveryContext,
  ): Promise<void> {
    signal.throwIfAborted();
    this.total += documents.length;
  }

  /** What it returns is the answer. */
  @OnQuery('document.search')
  async search(@Payload() query: SearchDocuments): Promise<SearchDocumentsAnswered> {
    const total = query.index === 'lines' ? this.total : 0;
    return Object.assign(new SearchDocumentsAnswered(), { hits: [], total });
  }
}

@Module({ controllers: [Documents] })
class Indexer {
  static on(broker: Broker, server: BrokerServer, client: BrokerClient): DynamicModule {
    return { module: Indexer, imports: [BrokerModule.forRoot({ broker, server, client })] };
  }
}

/** A service in one process: it consumes, publishes to itself, asks itself, and stops in order. */
export async function indexAndSearch(url: string, log: BrokerLog): Promise<readonly object[]> {
  const broker = new Broker({ url, service: 'indexer', processId: randomUUID(), log });
  const server = new BrokerServer(broker, {
    queues: [{ queue: 'indexer.documents', prefetch: 8 }, { queue: 'indexer.queries' }],
  });
  const client = new BrokerClient(broker);
  const module = Indexer.on(broker, server, client);
  const app = await NestFactory.createMicroservice(module, { strategy: server, logger: false });
  app.useGlobalFilters(new RethrowFilter());
  broker.start();
  await app.listen(); // every queue is declared and consumed

  const source = Buffer.from('{"message":"hello"}');
  await app.get(Publisher).publishDocuments([{ index: 'lines', id: 'a', source }]); // confirmed
  const query = checkMessage(SearchDocuments, { index: 'lines', query: 'hello' });
  const answer = await app.get(Requester).request(SearchDocuments, query, { timeoutMs: 5_000 });
  const again: object = await lastValueFrom(app.get(BrokerClient).send('document.search', query));

  await server.drain(20_000); // takes nothing more, finishes what runs
  await app.close();
  await client.close();
  await broker.close();
  return [answer, again];
}
