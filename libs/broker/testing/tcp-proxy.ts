import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a server that can be cut, or frozen as a network that drops packets. */
export class TcpProxy implements AsyncDisposable {
  /** Clients that connected, ever. */
  accepted = 0;
  private readonly server = createServer((client) => this.accept(client));
  private readonly sockets = new Set<Socket>();
  private frozen = false;

  private constructor(private readonly target: { readonly host: string; readonly port: number }) {}

  static async to(url: string): Promise<TcpProxy> {
    const { hostname, port } = new URL(url);
    const proxy = new TcpProxy({ host: hostname, port: Number(port) });
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  /** The URL, going through here. */
  through(url: string): string {
    const changed = new URL(url);
    changed.port = String((this.server.address() as AddressInfo).port);
    return changed.href;
  }

  /** How many sockets are open, of both sides. */
  get open(): number {
    return this.sockets.size;
  }

  /** Resets every connection. New ones are let through. */
  cut(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  /** Lets no byte through any more, and tells nobody. New connections are accepted, and silent. */
  freeze(): void {
    this.frozen = true;
    for (const socket of this.sockets) socket.unpipe().resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }

  private accept(client: Socket): void {
    this.accepted += 1;
    if (this.frozen) return this.keep(client.resume());
    const server = connect(this.target);
    this.keep(client, server);
    this.keep(server, client);
    client.pipe(server);
    server.pipe(client);
  }

  private keep(socket: Socket, other?: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.sockets.delete(socket);
      other?.destroy();
    });
  }
}
