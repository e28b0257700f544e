import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Deferred } from '#supervisor';

const MAIN = fileURLToPath(new URL('../../../dist/apps/streamer/src/main.js', import.meta.url));

interface LogLine {
  readonly msg: string;
  readonly level: string;
  readonly port?: number;
}

/** The streamer as it runs in production: a process of its own, from the compiled code. */
export class StreamerProcess {
  readonly lines: LogLine[] = [];
  readonly #child: ChildProcess;
  readonly #isReady = new Deferred();
  readonly #listens = new Deferred<number>();
  readonly #ended: Promise<unknown>;

  constructor(env: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, [MAIN], {
      env: { LOG_FORMAT: 'json', ADMIN_PORT: '0', STREAM_ALLOWED_HOSTS: '127.0.0.0/8', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#ended = once(this.#child, 'exit');
    void this.#ended.then(() => this.#isReady.rejectHandled(new Error(this.#lastWords())));
    if (this.#child.stdout === null) throw new Error('the process has no output');
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#onLine(line));
  }

  /** Resolves once it takes offers; rejects when it ends first. */
  ready(): Promise<void> {
    return this.#isReady.promise;
  }

  /** What its admin server answers. */
  async get(path: string): Promise<{ status: number; body: string }> {
    const response = await fetch(`http://127.0.0.1:${await this.#listens.promise}${path}`);
    return { status: response.status, body: await response.text() };
  }

  /** Ends it in order; resolves with its exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    await this.#ended;
    return this.#child.exitCode;
  }

  /** Ends it as a crash does. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  #onLine(text: string): void {
    const line = JSON.parse(text) as LogLine;
    this.lines.push(line);
    if (line.port !== undefined) this.#listens.resolve(line.port);
    if (line.msg === 'ready') this.#isReady.resolve();
  }

  #lastWords(): string {
    const said = this.lines.slice(-5).map((line) => JSON.stringify(line));
    return `the streamer ended before it was ready:\n${said.join('\n')}`;
  }
}
