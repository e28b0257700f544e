import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { connectionNameIn, FrameSplitter } from '../../libs/broker/faults/amqp-frames.ts';

/** A client's side of a connection, and what it has said of itself. */
interface Client {
  readonly socket: Socket;
  name: string;
}

/** A way to a broker on which single connections can be reset: AMQP clients say their name when they log in. */
export class AmqpProxy {
  private readonly server = createServer((socket) => this.accept(socket));
  private readonly clients = new Set<Client>();
  private readonly target: URL;
  /** Whose connections are reset as soon as they say so. */
  private shutOut: string | undefined;

  private constructor(url: string) {
    this.target = new URL(url);
  }

  /** Listens on a free port; the broker may be down, and come back, at any time. */
  static async to(url: string): Promise<AmqpProxy> {
    const proxy = new AmqpProxy(url);
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  /** The broker's URL, going through here. */
  get url(): string {
    const url = new URL(this.target);
    url.port = String((this.server.address() as AddressInfo).port);
    return url.href;
  }

  /** Resets every connection whose name ends so, as a network does; says how many. They may connect again at once. */
  reset(nameEnd: string): number {
    const found = [...this.clients].filter(({ name }) => name.endsWith(nameEnd));
    for (const { socket } of found) socket.resetAndDestroy();
    return found.length;
  }

  /** Resets every connection whose name begins so, and lets no further one through until `letIn`. */
  shut(nameStart: string): void {
    this.shutOut = nameStart;
    for (const client of this.clients) this.refuse(client);
  }

  letIn(): void {
    this.shutOut = undefined;
  }

  async close(): Promise<void> {
    this.reset('');
    this.server.close();
    await once(this.server, 'close');
  }

  private accept(socket: Socket): void {
    const client: Client = { socket, name: '' };
    this.clients.add(client);
    const frames = new FrameSplitter();
    const listen = (data: Buffer): void => {
      for (const frame of frames.push(data)) client.name ||= connectionNameIn(frame) ?? '';
      this.refuse(client);
      if (client.name !== '') socket.off('data', listen);
    };
    socket.on('data', listen);
    const broker = connect({ host: this.target.hostname, port: Number(this.target.port) });
    const pairs = [
      [socket, broker],
      [broker, socket],
    ] as const;
    for (const [from, to] of pairs) {
      from.pipe(to);
      from.on('error', () => undefined);
      from.on('close', () => to.destroy());
    }
    socket.on('close', () => this.clients.delete(client));
  }

  private refuse({ socket, name }: Client): void {
    if (this.shutOut !== undefined && name.startsWith(this.shutOut)) socket.resetAndDestroy();
  }
}
