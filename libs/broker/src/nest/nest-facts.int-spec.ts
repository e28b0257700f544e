import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Catch, Controller, Module, UseFilters, type RpcExceptionFilter } from '@nestjs/common';
import type { INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, Server, Transport } from '@nestjs/microservices';
import { EMPTY, of, throwError, type Observable } from 'rxjs';
import { SearchDocuments, SearchDocumentsAnswered, SignalboxError } from '#contracts';
import { Deferred } from '#supervisor';
import { Brokers, leftIn, waitingIn } from '../../testing/brokers.js';
import { publishDocument } from '../../testing/documents.js';
import { nextLetter, publishRaw } from '../../testing/raw-messages.js';
import type { Broker } from '../broker.js';
import type { HandlerContext } from '../delivery/consumer-options.js';
import { BrokerServer } from './broker-server.js';
import type { DeliveryContext } from './delivery-context.js';
import { OnMessage, OnQuery } from './on-message.js';
import { RethrowFilter } from './rethrow.filter.js';

/** What the handlers of the test do next. */
let onDocuments: (context: DeliveryContext) => unknown;
let onSearch: () => unknown;
/** What the filter of the test saw. */
let filtered: unknown[];

@Catch()
class Watching implements RpcExceptionFilter {
  catch(error: unknown): Observable<never> {
    filtered.push(error);
    return throwError(() => error);
  }
}

@Controller()
@UseFilters(Watching)
class Handlers {
  @OnMessage('document.index')
  documents(@Ctx() context: DeliveryContext): unknown {
    return onDocuments(context);
  }

  @OnQuery('document.search')
  search(): unknown {
    return onSearch();
  }
}

@Controller()
class Unfiltered {
  @OnMessage('document.index')
  documents(): never {
    throw new SignalboxError('not-found', 'the real reason');
  }
}

@Controller()
class SecondEventHandler {
  @OnMessage('document.index')
  documents(): void {
    throw new Error('never called');
  }
}

@Module({ controllers: [Handlers] })
class Handled {}

@Module({ controllers: [Unfiltered] })
class HandledWithoutFilter {}

@Module({ controllers: [Handlers, SecondEventHandler] })
class HandledTwice {}

describe('what Nest does, and the transport relies on or guards against', () => {
  let brokers: Brokers;
  let broker: Broker;
  let transport: BrokerServer;
  let app: INestMicroservice;

  beforeEach(async () => {
    brokers = await Brokers.fresh();
    broker = await brokers.open();
    filtered = [];
  });
  afterEach(async () => {
    await app.close();
    await brokers[Symbol.asyncDispose]();
  });

  async function begin(module: new () => object, filter?: RpcExceptionFilter): Promise<void> {
    transport = new BrokerServer(broker, {
      queues: [{ queue: 'indexer.documents' }, { queue: 'indexer.queries' }],
    });
    app = await NestFactory.createMicroservice(module, {
      strategy: transport,
      logger: false,
      abortOnError: false,
    });
    if (filter !== undefined) app.useGlobalFilters(filter);
    await app.listen();
  }

  const publish = (): Promise<void> => publishDocument(broker, randomUUID());

  /** What the next dead letter says. */
  async function lastWords(): Promise<unknown> {
    const { properties } = await nextLetter(broker, 'indexer.documents.dead');
    return properties.headers;
  }

  const ask = (): Promise<object> =>
    broker.requester.request(
      SearchDocuments,
      Object.assign(new SearchDocuments(), { index: 'lines', query: 'x' }),
      { timeoutMs: 5_000 },
    );

  it('takes a strategy that is a Server, with an id and a way with errors of its own', async () => {
    await begin(Handled);
    expect(transport).toBeInstanceOf(Server);
    expect(typeof transport.transportId).toBe('symbol');
    expect(Object.values(Transport)).not.toContain(transport.transportId);
    expect(transport.propagatesEventHandlerErrors).toBe(true);
  });

  it('refuses a strategy that is no Server at start', async () => {
    const strategy = { listen: (done: () => void) => done(), close: () => undefined };
    const plain = { strategy, logger: false, abortOnError: false } as const;
    app = await NestFactory.createMicroservice(Handled, plain);
    await expect(app.listen()).rejects.toThrow(/addHandler is not a function/);
  });

  it('would call two event handlers of one pattern: the second is refused at start', async () => {
    await expect(begin(HandledTwice)).rejects.toThrow(/two handlers for document.index/);
  });

  it.each([
    ['a value', () => 'done'],
    ['nothing', () => undefined],
    ['a promise', () => Promise.resolve(1)],
    ['an Observable', () => of(1, 2, 3)],
    ['an Observable without a value', () => EMPTY],
  ])('gives what a handler returns, which ends in an acknowledgement: %s', async (_, returned) => {
    await begin(Handled);
    const called = new Deferred();
    onDocuments = () => {
      called.resolve();
      return returned();
    };
    await publish();
    await called.promise;
    await app.close();
    expect(await leftIn(broker, 'indexer.documents')).toBe(0);
    expect(await waitingIn(broker, 'indexer.documents.dead')).toBe(0);
  });

  it.each([
    [
      'throws',
      (error: Error) => {
        throw error;
      },
    ],
    ['rejects', (error: Error) => Promise.reject(error)],
    ['returns an Observable that fails', (error: Error) => throwError(() => error)],
  ])(
    'gives the error of an event handler that %s, which ends in a dead letter',
    async (_, fail) => {
      await begin(Handled);
      const error = new SignalboxError('not-found', 'the real reason');
      onDocuments = () => fail(error);
      await publish();
      expect(await lastWords()).toMatchObject({
        'signalbox-error-code': 'not-found',
        'signalbox-error-message': 'the real reason',
      });
      expect(filtered).toEqual([error]);
    },
  );

  it('hides what failed behind its own filter, unless ours re-throws it', async () => {
    await begin(HandledWithoutFilter);
    await publish();
    expect(await lastWords()).not.toMatchObject({ 'signalbox-error-message': 'the real reason' });
    await app.close();
    await begin(HandledWithoutFilter, new RethrowFilter());
    await publish();
    expect(await lastWords()).toMatchObject({ 'signalbox-error-message': 'the real reason' });
  });

  it('never shows a filter a body that cannot be read', async () => {
    await begin(Handled);
    for (const body of ['nonsense', '{"create":{}}\n{}\n']) {
      await publishRaw(broker, { routingKey: 'document.index', body });
      expect(await lastWords()).toMatchObject({ 'signalbox-queue': 'indexer.documents' });
    }
    expect(filtered).toEqual([]);
  });

  it('answers a question with the last value of an Observable', async () => {
    await begin(Handled);
    const answer = (total: number) =>
      Object.assign(new SearchDocumentsAnswered(), { hits: [], total });
    onSearch = () => of(answer(1), answer(2));
    expect(await ask()).toMatchObject({ total: 2 });
  });

  it('gives the handler a context with signal, attempt, deadline and message, and no channel', async () => {
    await begin(Handled);
    const given = new Deferred<DeliveryContext>();
    onDocuments = (context) => given.resolve(context);
    await publish();
    const context = await given.promise;
    expect(context).toMatchObject({
      signal: expect.any(AbortSignal),
      attempt: 1,
      deadline: undefined,
      message: { type: 'document.index' },
    });
    const args: readonly HandlerContext[] = context.getArgs();
    expect(args.flatMap((arg) => Object.keys(arg)).toSorted()).toEqual([
      'message',
      'signal',
      'slot',
    ]);
  });
});
