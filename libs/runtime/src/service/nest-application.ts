import type { AddressInfo } from 'node:net';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestMicroservice } from '@nestjs/microservices';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { RethrowFilter, type BrokerServer } from '#broker';
import { messageOf } from '#supervisor';
import type { Logger } from '../logging/logger.js';
import { NestLogger } from '../logging/nest-logger.js';

/**
 * Makes the Nest application of a service: an HTTP server that does not listen yet, and the transport with the
 * handlers of the modules registered. Throws when a provider cannot be made, or two handlers want one message.
 */
export async function createNestApplication(
  root: DynamicModule,
  transport: BrokerServer,
  log: Logger,
): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(root, {
    logger: new NestLogger(log),
    abortOnError: false,
    bodyParser: false,
    // A kept-alive connection of a scraper would hold up the end of the process.
    forceCloseConnections: true,
  });
  app.disable('x-powered-by').disable('etag');

  // Handlers are registered only after the filter is there; Nest's own would hide their errors from the transport.
  const handlers = app.connectMicroservice(
    { strategy: transport },
    { deferInitialization: true },
  ) as NestMicroservice;
  handlers.useGlobalFilters(new RethrowFilter());
  handlers.registerListeners();
  handlers.setIsInitialized(true);
  return app;
}

/** Makes the HTTP server listen and says where; throws an error that names the settings when it cannot. */
export async function listen(
  app: NestExpressApplication,
  host: string,
  port: number,
  log: Logger,
): Promise<void> {
  try {
    await app.listen(port, host);
  } catch (error) {
    const reason = messageOf(error);
    throw new Error(
      `the admin server cannot listen (${reason}): free the port, or set ADMIN_HOST and ADMIN_PORT`,
      { cause: error },
    );
  }
  const { address, port: actual } = app.getHttpServer().address() as AddressInfo;
  log.info({ address, port: actual }, 'admin server listens');
}
