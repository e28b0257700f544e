import { Module, type DynamicModule } from '@nestjs/common';
import { Broker } from '../broker.js';
import { Publisher } from '../publish/publisher.js';
import { Requester } from '../request/requester.js';
import { BrokerClient } from './broker-client.js';
import { BrokerServer } from './broker-server.js';

/** Offers the process's broker, its publisher, its requester, both as Nest's client, and its transport to every module. */
@Module({})
export class BrokerModule {
  /** The caller starts and closes them. */
  static forRoot({
    broker,
    client,
    server,
  }: {
    readonly broker: Broker;
    readonly client: BrokerClient;
    readonly server: BrokerServer;
  }): DynamicModule {
    return {
      module: BrokerModule,
      global: true,
      providers: [
        { provide: Broker, useValue: broker },
        { provide: Publisher, useValue: broker.publisher },
        { provide: Requester, useValue: broker.requester },
        { provide: BrokerClient, useValue: client },
        { provide: BrokerServer, useValue: server },
      ],
      exports: [Broker, Publisher, Requester, BrokerClient, BrokerServer],
    };
  }
}
