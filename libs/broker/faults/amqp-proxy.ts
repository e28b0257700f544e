import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { absurdAck, connectionNameIn, consumingChannelIn, FrameSplitter } from './amqp-frames.ts';

/** One connection through the proxy. */
interface Wire {
  readonly client: Socket;
  readonly server: Socket;
  /** As the client calls it; empty until it has said so. */
  name: string;
  /** Where it consumes; undefined until it does. */
  channel: number | undefined;
  /** Everything is swallowed, both ways. */
  silent: boolean;
}

/**
 * A way to a broker that knows which connection is which, and does harm to one alone. The methods that do so throw while there is no
 * such connection that consumes.
 */
export class AmqpProxy implements AsyncDisposable {
  private readonly server = createServer((client) => this.accept(client));
  private readonly wires = new Set<Wire>();
  private readonly target: { readonly host: string; readonly port: number };

  private constructor(target: { readonly host: string; readonly port: number }) {
    this.target = target;
  }

  static async to(url: string): Promise<AmqpProxy> {
    const { hostname, port } = new URL(url);
    const proxy = new AmqpProxy({ host: hostname, port: Number(port) });
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

  /** Resets the connection whose name ends so; it may come back at once. */
  cut(name: string): void {
    const { client, server } = this.wire(name);
    client.resetAndDestroy();
    server.resetAndDestroy();
  }

  /** From now on this connection swallows every byte, both ways, and tells nobody; new ones are let through. */
  silence(name: string): void {
    this.wire(name).silent = true;
  }

  /** Has the broker close the channel on which this connection consumes, by an acknowledgement that cannot be. */
  breakChannel(name: string): void {
    const wire = this.wire(name);
    wire.server.write(absurdAck(wire.channel!));
    // Another such frame would meet a closed channel, and cost the connection.
    wire.channel = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { client, server } of this.wires) {
      client.destroy();
      server.destroy();
    }
    this.server.close();
    await once(this.server, 'close');
  }

  private wire(name: string): Wire {
    const found = [...this.wires].find((one) => one.name.endsWith(name) && !one.silent);
    if (found?.channel === undefined) throw new Error(`no connection ${name} consumes here`);
    return found;
  }

  private accept(client: Socket): void {
    const server = connect(this.target);
    const wire: Wire = { client, server, name: '', channel: undefined, silent: false };
    this.wires.add(wire);
    const frames = new FrameSplitter();
    forward(wire, client, server, (piece) => {
      const whole = frames.push(piece);
      for (const frame of whole) {
        wire.name ||= connectionNameIn(frame) ?? '';
        wire.channel = consumingChannelIn(frame) ?? wire.channel;
      }
      // Whole frames only: between two of them something may be put in.
      return Buffer.concat(whole);
    });
    forward(wire, server, client, (piece) => piece);
    const forget = (): void => {
      if (client.destroyed && server.destroyed) this.wires.delete(wire);
    };
    client.once('close', forget);
    server.once('close', forget);
  }
}

function forward(wire: Wire, from: Socket, to: Socket, change: (piece: Buffer) => Buffer): void {
  from.on('data', (piece: Buffer) => {
    if (wire.silent) return;
    if (!to.write(change(piece))) from.pause();
  });
  to.on('drain', () => from.resume());
  from.on('error', () => undefined);
  // Of a silent connection nobody hears that the other side has gone.
  from.on('close', () => {
    if (!wire.silent) to.destroy();
  });
}
