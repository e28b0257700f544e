import path from 'node:path';
import { Controller, Module, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, Payload } from '@nestjs/microservices';
import { BrokerServer, OnMessage, RethrowFilter, type DeliveryContext } from '#broker';
import type { IndexDocuments } from '#contracts';
import { Deferred, sleep } from '#supervisor';
import { runNode } from '../../../tools/testing/run-node.ts';
import type { Fault } from './fault.ts';
import { QUEUE, type Stage } from './stage.ts';

const ROUNDS = 3;

/** A little work, so that a drain finds handlers that run. */
const WORK_MS = 2;

/** Each of several readers in turn is ended while messages come; whatever one has begun, it finishes: nothing comes twice. */
function drained(stage: Stage): readonly string[] {
  const { doubled } = stage.ledger.totals;
  return doubled === 0 ? [] : [`${doubled} deliveries came again after an orderly end`];
}

const APP_CLOSED: Fault = {
  name: 'the application is closed under load',
  run: async (stage) => {
    await stage.declare();
    const published = stage.publish();
    for (let round = 1; round <= ROUNDS; round += 1) {
      const some = new Deferred();
      let handled = 0;
      const work = async (): Promise<void> => {
        await sleep(WORK_MS);
        handled += 1;
        if (handled >= stage.messages / (2 * ROUNDS)) some.resolve();
      };
      const app = await application(stage, stage.handler(work));
      await some.promise;
      await app.close();
    }
    await stage.consume();
    await published;
    await stage.allSettled();
    return drained(stage);
  },
};

type Handler = (body: IndexDocuments, context: DeliveryContext) => Promise<void>;

/** A Nest application with one handler, whose decorators are applied by hand: Node runs this file as it is. */
async function application(stage: Stage, handler: Handler): Promise<INestMicroservice> {
  class Documents {
    index(body: IndexDocuments, context: DeliveryContext): Promise<void> {
      return handler(body, context);
    }
  }
  const prototype = Documents.prototype;
  OnMessage('document.index')(
    prototype,
    'index',
    Object.getOwnPropertyDescriptor(prototype, 'index')!,
  );
  Payload()(prototype, 'index', 0);
  Ctx()(prototype, 'index', 1);
  Controller()(Documents);
  class Application {}
  Module({ controllers: [Documents] })(Application);
  const strategy = new BrokerServer(stage.broker, { queues: [{ queue: QUEUE, prefetch: 32 }] });
  const options = { strategy, logger: false as const, abortOnError: false };
  const app = await NestFactory.createMicroservice(Application, options);
  app.useGlobalFilters(new RethrowFilter());
  await app.listen();
  return app;
}

const PROGRAM = path.join(import.meta.dirname, 'consume-until-sigterm.ts');

/** The readers are processes of their own, which tell on their standard output what they have begun and ended. */
const SIGTERM: Fault = {
  name: 'the process gets SIGTERM under load',
  run: async (stage) => {
    await stage.declare();
    const published = stage.publish();
    const broken: string[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      let handled = 0;
      const args = [PROGRAM, stage.ground.amqpUrl, String(WORK_MS)];
      const ending = await runNode(args, {}, (line, kill) => {
        const [what, id = '', redelivered] = line.split(' ');
        if (what === 'begin') stage.ledger.noteDelivered(id, redelivered === 'true');
        if (what !== 'end') return;
        stage.ledger.noteSettled(id);
        handled += 1;
        if (handled === Math.floor(stage.messages / (2 * ROUNDS))) kill('SIGTERM');
      });
      if (ending.exitCode !== 0)
        broken.push(`it ended with ${ending.exitCode}: ${ending.errorOutput}`);
    }
    await stage.consume();
    await published;
    await stage.allSettled();
    return [...broken, ...drained(stage)];
  },
};

/** Orderly ends. */
export const DRAIN_FAULTS: readonly Fault[] = [APP_CLOSED, SIGTERM];
