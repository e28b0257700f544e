import path from 'node:path';
import type { Keeper } from '../../tools/keeper/keeper.ts';
import { startMesh, type Mesh, type ServiceName } from '../../tools/mesh.ts';
import type { Given } from '../../tools/mesh/addresses.ts';
import { startRabbitMq, type RabbitMq } from '../../tools/servers/rabbitmq.ts';
import { eventually } from '../../tools/testing/eventually.ts';
import { AmqpProxy } from './amqp-proxy.ts';
import { RUNNER_ENV, TakeoverMesh } from './takeover-mesh.ts';

export interface CuttableOptions {
  /** Owns what is started. */
  readonly keeper: Keeper;
  /** For data and ledgers. */
  readonly dir: string;
  /** Databases to use instead of starting one. */
  readonly given?: Pick<Given, 'DATABASE_URL' | 'SEARCH_URL'>;
  readonly instances: Partial<Record<ServiceName, number>>;
  readonly signal?: AbortSignal;
}

/** What can happen between an owner of work and its broker. */
export const CUTS = [
  'the broker restarts',
  'its publish connection is reset',
  'its consume connection is reset',
  'its lease channel has an error',
] as const;

export type Cut = (typeof CUTS)[number];

/** An owner: the process, and the instance under which it owns. */
export interface Owner {
  readonly service: 'task-runner' | 'streamer';
  readonly instanceId: string;
}

/** A mesh on a broker of its own. Task-runners and streamers reach that through a proxy, so that each connection can be cut. */
export class CuttableMesh extends TakeoverMesh {
  readonly broker: RabbitMq;
  /** Between task-runners, streamers and the broker. */
  readonly proxy: AmqpProxy;

  private constructor(mesh: Mesh, dir: string, broker: RabbitMq, proxy: AmqpProxy) {
    super(mesh, dir);
    this.broker = broker;
    this.proxy = proxy;
  }

  static async start(options: CuttableOptions): Promise<CuttableMesh> {
    const { keeper, dir, given, instances, signal } = options;
    const brokerDir = path.join(dir, 'rabbitmq');
    const broker = await startRabbitMq({ keeper, dir: brokerDir, vhost: 'takeover' });
    const proxy = await AmqpProxy.to(broker.url);
    const mesh = await startMesh({
      keeper,
      dir: path.join(dir, 'mesh'),
      given: { AMQP_URL: broker.url, ...given },
      instances,
      env: {
        'task-runner': { ...RUNNER_ENV, AMQP_URL: proxy.url },
        streamer: { STREAM_ALLOWED_HOSTS: '127.0.0.0/8', AMQP_URL: proxy.url },
      },
      ...(signal && { signal }),
    });
    return new CuttableMesh(mesh, dir, broker, proxy);
  }

  /** Stops the mesh, too. The broker is the keeper's. */
  override async close(): Promise<void> {
    await super.close();
    await this.mesh.stop();
    await this.proxy.close();
  }

  /** Does it to these owners. Throws when there was nothing to cut. */
  async cut(how: Cut, owners: readonly Owner[]): Promise<void> {
    if (how === 'the broker restarts') return this.broker.restart();
    for (const { service, instanceId } of owners) {
      const [processId = ''] = instanceId.split('.');
      const connection = `${service} ${processId}`;
      if (how === 'its lease channel has an error') {
        await this.failChannel(`${service}.control.${instanceId}`);
      } else {
        const role = how === 'its publish connection is reset' ? 'publish' : 'consume';
        const name = `${connection} ${role}`;
        await eventually(`there is a ${name} to reset`, () => this.proxy.reset(name) === 1);
      }
    }
  }

  /** Has the broker close the channel that consumes this queue, as if its client had asked for a queue that does not exist. */
  private async failChannel(queue: string): Promise<void> {
    const said = await this.broker.rabbitmqctl(
      'eval',
      `{ok, Q} = rabbit_amqqueue:lookup(rabbit_misc:r(<<"takeover">>, queue, <<"${queue}">>)),
       [rabbit_channel:do(element(1, C), {'queue.declare', 0, <<"no-such-queue">>, true, false, false, false, false, []})
         || C <- rabbit_amqqueue:consumers(Q)].`,
    );
    if (!said.includes('ok')) throw new Error(`no channel consumes ${queue}: ${said}`);
  }
}
