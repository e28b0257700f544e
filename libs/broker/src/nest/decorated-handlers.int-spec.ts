import 'reflect-metadata';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Injectable, Module, UseInterceptors } from '@nestjs/common';
import type {
  CallHandler,
  ExecutionContext,
  INestMicroservice,
  NestInterceptor,
  OnModuleDestroy,
  PipeTransform,
  Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, Payload } from '@nestjs/microservices';
import { map, type Observable } from 'rxjs';
import {
  IndexDocuments,
  SearchDocuments,
  SearchDocumentsAnswered,
  SignalboxError,
} from '#contracts';
import { Deferred, Gate, sleep, turn } from '#supervisor';
import { Brokers, leftIn, withChannel } from '../../testing/brokers.js';
import type { Broker } from '../broker.js';
import { BrokerServer } from './broker-server.js';
import { DeliveryContext } from './delivery-context.js';
import { OnMessage, OnQuery } from './on-message.js';
import { RethrowFilter } from './rethrow.filter.js';

/** What the handlers of the test do next. */
let onDocuments: (body: IndexDocuments, context: DeliveryContext) => Promise<void>;
let onSearch: (query: SearchDocuments) => Promise<SearchDocumentsAnswered>;

const oneDocument = (id: string) => ({
  documents: [{ index: 'lines', id, source: Buffer.from('{"message":"hello"}') }],
});

/** Makes an Observable of what a handler does, as any interceptor does. */
class Observed implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((value: unknown) => value));
  }
}

class Refusing implements PipeTransform {
  transform(value: object): object {
    if (value instanceof SearchDocuments && value.query === 'forbidden') {
      throw new SignalboxError('invalid-query', 'not that one');
    }
    return value;
  }
}

@Controller()
@UseInterceptors(Observed)
class DecoratedHandlers {
  @OnMessage('document.index')
  documents(@Payload() body: IndexDocuments, @Ctx() context: DeliveryContext): Promise<void> {
    return onDocuments(body, context);
  }

  @OnQuery('document.search')
  search(@Payload(new Refusing()) query: SearchDocuments): Promise<SearchDocumentsAnswered> {
    return onSearch(query);
  }
}

@Controller()
class SecondHandlers {
  @OnQuery('document.search')
  search(): Promise<SearchDocumentsAnswered> {
    return Promise.resolve(new SearchDocumentsAnswered());
  }
}

/** What happened, in order. */
const events: string[] = [];

/** Stands for what handlers need: a pool of a database. */
@Injectable()
class Pool implements OnModuleDestroy {
  onModuleDestroy(): void {
    events.push('destroyed');
  }
}

@Module({ controllers: [DecoratedHandlers], providers: [Pool] })
class DecoratedModule {}

@Module({ controllers: [DecoratedHandlers, SecondHandlers] })
class AmbiguousModule {}

describe('handlers with the decorators of Nest', () => {
  let brokers: Brokers;
  let broker: Broker;
  let transport: BrokerServer;

  beforeAll(async () => {
    brokers = await Brokers.fresh();
  });
  afterEach(() => broker.close());
  afterAll(() => brokers[Symbol.asyncDispose]());

  async function microservice(module: Type): Promise<INestMicroservice> {
    broker = await brokers.open();
    transport = new BrokerServer(broker, {
      queues: [{ queue: 'indexer.documents', prefetch: 4 }, { queue: 'indexer.queries' }],
    });
    const app = await NestFactory.createMicroservice(module, {
      strategy: transport,
      logger: false,
      abortOnError: false,
    });
    app.useGlobalFilters(new RethrowFilter());
    return app;
  }

  const ask = (query: string): Promise<object> =>
    broker.requester.request(SearchDocuments, { index: 'lines', query } as SearchDocuments, {
      timeoutMs: 5_000,
    });

  it('answer, fail and refuse through interceptors, pipes and filters', async () => {
    const app = await microservice(DecoratedModule);
    await app.listen();
    onSearch = async () => Object.assign(new SearchDocumentsAnswered(), { hits: [], total: 0 });
    await expect(ask('hello')).resolves.toBeInstanceOf(SearchDocumentsAnswered);
    await expect(ask('forbidden')).rejects.toMatchObject({ code: 'invalid-query' });
    onSearch = async () => {
      throw new SignalboxError('not-found', 'no such index');
    };
    await expect(ask('hello')).rejects.toMatchObject({ code: 'not-found' });
    await app.close();
  });

  it('are acknowledged only when the Observable is over', async () => {
    const app = await microservice(DecoratedModule);
    await app.listen();
    const began = new Deferred();
    onDocuments = async (_, { signal }) => {
      began.resolve();
      await sleep(Infinity, signal);
    };
    await broker.publisher.publishDocuments(oneDocument('observed').documents);
    await began.promise;
    await transport.drain(0);
    expect(await leftIn(broker, 'indexer.documents')).toBe(1);
    await app.close();
  });

  it('end with app.close(), also when it is called twice: what runs is finished and acknowledged', async () => {
    const app = await microservice(DecoratedModule);
    await withChannel(broker, (channel) => channel.raw.purgeQueue('indexer.documents'));
    await app.listen();
    const began = new Deferred();
    const mayEnd = new Gate();
    onDocuments = async () => {
      began.resolve();
      await mayEnd.wait();
    };
    await broker.publisher.publishDocuments(oneDocument('last').documents);
    await began.promise;
    const closed = app.close();
    mayEnd.open();
    await closed;
    await app.close();
    expect(await leftIn(broker, 'indexer.documents')).toBe(0);
  });

  it('are done before the providers that they need are destroyed', async () => {
    const app = await microservice(DecoratedModule);
    await app.listen();
    events.length = 0;
    const began = new Deferred();
    const mayEnd = new Gate();
    onDocuments = async () => {
      began.resolve();
      await mayEnd.wait();
      events.push('handled');
    };
    await broker.publisher.publishDocuments(oneDocument('pooled').documents);
    await began.promise;
    const stopped = transport.drain(5_000).then(() => app.close());
    await turn();
    mayEnd.open();
    await stopped;
    expect(events).toEqual(['handled', 'destroyed']);
  });

  it('cannot be two for one message', async () => {
    const app = await microservice(AmbiguousModule);
    await expect(app.listen()).rejects.toThrow(/two handlers for document.search/);
    await app.close();
  });
});
