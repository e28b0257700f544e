import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Deferred } from '#supervisor';

const MAIN = fileURLToPath(new URL('../../../dist/apps/status/src/main.js', import.meta.url));

interface LogLine {
  readonly msg: string;
  readonly port?: number;
}

/** Status as it runs in production: a process of its own, from the compiled code. */
export class StatusProcess {
  readonly lines: LogLine[] = [];
  private readonly child: ChildProcess;
  private readonly isReady = new Deferred();
  private readonly listens = new Deferred<number>();
  private readonly ended: Promise<unknown>;

  constructor(env: Readonly<Record<string, string>>) {
    this.child = spawn(process.execPath, [MAIN], {
      env: { LOG_FORMAT: 'json', ADMIN_PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.ended = once(this.child, 'exit');
    void this.ended.then(() => this.isReady.rejectHandled(new Error(this.lastWords())));
    createInterface({ input: this.child.stdout! }).on('line', (line) => this.onLine(line));
  }

  /** Resolves once it consumes; rejects when it ends first. */
  ready(): Promise<void> {
    return this.isReady.promise;
  }

  /** What its admin server answers, as JSON. */
  async get(path: string): Promise<{ readonly status: number; readonly body: unknown }> {
    const response = await fetch(`http://127.0.0.1:${await this.listens.promise}${path}`);
    return { status: response.status, body: await response.json() };
  }

  /** Ends it in order; resolves with its exit code. */
  async stop(): Promise<number | null> {
    this.child.kill('SIGTERM');
    await this.ended;
    return this.child.exitCode;
  }

  /** Ends it as a crash does. Harmless when called again. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  /** Stops its clock, as a machine that hangs does, until `wake`. */
  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  wake(): void {
    this.child.kill('SIGCONT');
  }

  private onLine(text: string): void {
    const line = JSON.parse(text) as LogLine;
    this.lines.push(line);
    if (line.port !== undefined) this.listens.resolve(line.port);
    if (line.msg === 'ready') this.isReady.resolve();
  }

  private lastWords(): string {
    const said = this.lines.slice(-5).map((line) => JSON.stringify(line));
    return `status ended before it was ready:\n${said.join('\n')}`;
  }
}
