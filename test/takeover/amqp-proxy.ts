import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A client's side of a connection, and what it has said of itself. */
interface Client {
  readonly socket: Socket;
  name: string;
}

const HELLO_BYTES = 4_096;

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
    let hello = Buffer.alloc(0);
    const listen = (data: Buffer): void => {
      hello = Buffer.concat([hello, data]);
      client.name = connectionName(hello) ?? '';
      this.refuse(client);
      if (client.name !== '' || hello.length > HELLO_BYTES) socket.off('data', listen);
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

/** In a field table: the name's text, `S`, the length of the value in four bytes, the value (AMQP 0-9-1, 4.2.5.5). */
function connectionName(hello: Buffer): string | undefined {
  const key = 'connection_nameS';
  const at = hello.indexOf(key);
  const length = at + key.length;
  if (at < 0 || hello.length < length + 4) return undefined;
  const end = length + 4 + hello.readUInt32BE(length);
  return hello.length < end ? undefined : hello.toString('utf8', length + 4, end);
}
