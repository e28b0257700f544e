import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a target of the demo does with a request. */
export type Behaviour = 'answers' | 'fails' | 'hangs';

const SLOWEST_ANSWER_MS = 300;
/** On `/slow`, so many targets answer soon; the others take a minute. */
const SOON = 20;
const SOON_MS = 200;
const LATE_MS = 60_000;

/**
 * HTTP servers on 127.0.0.1, 127.0.0.2, …, all on one port: a fleet on one machine. On `/health` each behaves as told; on `/slow`
 * the first ones answer soon and the rest late, so that there is a middle to cancel in. It keeps what it saw.
 */
export class TargetFleet {
  private servers: Server[] = [];
  private readonly seen = new Map<string, Map<string, Behaviour>>();
  private readonly open = new Map<string, number>();
  private readonly soonAnswered = Promise.withResolvers<void>();
  private slowAnswerCount = 0;

  private readonly size: number;
  private readonly behaviourOf: (n: number) => Behaviour;

  constructor(size: number, behaviourOf: (n: number) => Behaviour) {
    this.size = size;
    this.behaviourOf = behaviourOf;
  }

  /** Listens on every address; resolves with the common port. */
  async start(): Promise<number> {
    const first = await this.listen(1, 0);
    const { port } = first.address() as AddressInfo;
    this.servers = [first];
    for (let n = 2; n <= this.size; n += 1) this.servers.push(await this.listen(n, port));
    return port;
  }

  /** The addresses, as targets. */
  get targets(): readonly string[] {
    return Array.from({ length: this.size }, (_, index) => addressOf(index + 1));
  }

  /** What each target that was asked for a path did. */
  report(path: string): ReadonlyMap<string, Behaviour> {
    return this.seen.get(path) ?? new Map();
  }

  /** Requests for a path that are neither answered nor given up by their caller. */
  openRequests(path: string): number {
    return this.open.get(path) ?? 0;
  }

  /** Resolves once the targets that answer soon have done so on `/slow`; rejects with the signal's reason. */
  async slowAnswers(signal: AbortSignal): Promise<void> {
    const { promise, reject } = Promise.withResolvers<never>();
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      await Promise.race([this.soonAnswered.promise, promise]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Stops listening and cuts every caller off. */
  async stop(): Promise<void> {
    await Promise.all(
      this.servers.map(async (server) => {
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      }),
    );
  }

  private async listen(n: number, port: number): Promise<Server> {
    const server = createServer((request, response) => this.answer(n, request, response));
    server.listen(port, addressOf(n));
    await once(server, 'listening');
    return server;
  }

  private answer(n: number, request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '/';
    this.open.set(path, this.openRequests(path) + 1);
    response.once('close', () => this.open.set(path, this.openRequests(path) - 1));
    this.note(path, n, 'hangs');
    if (path === '/slow') return this.answerIn(n <= SOON ? SOON_MS : LATE_MS, path, n, response);
    if (this.behaviourOf(n) !== 'hangs') {
      this.answerIn((n * 37) % SLOWEST_ANSWER_MS, path, n, response);
    }
  }

  private answerIn(ms: number, path: string, n: number, response: ServerResponse): void {
    const timer = setTimeout(() => {
      const fails = path !== '/slow' && this.behaviourOf(n) === 'fails';
      this.note(path, n, fails ? 'fails' : 'answers');
      response.writeHead(fails ? 503 : 200, { 'content-type': 'text/plain' });
      response.end(fails ? 'out of order\n' : 'well\n', () => this.answered(path));
    }, ms);
    response.once('close', () => clearTimeout(timer));
  }

  private answered(path: string): void {
    if (path !== '/slow') return;
    this.slowAnswerCount += 1;
    if (this.slowAnswerCount === SOON) this.soonAnswered.resolve();
  }

  private note(path: string, n: number, behaviour: Behaviour): void {
    const targets = this.seen.get(path) ?? new Map<string, Behaviour>();
    this.seen.set(path, targets.set(addressOf(n), behaviour));
  }
}

function addressOf(n: number): string {
  return `127.0.0.${n}`;
}
