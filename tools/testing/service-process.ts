import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { ServiceName } from '#contracts';
import { Deferred } from '#supervisor';
import { diesWithParent } from '../keeper/parent-death.ts';
import { ROOT } from '../setup/places.js';

/** A line of a service's log, as far as tests read it. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  /** Where the admin server listens; in the line that says so. */
  readonly port?: number;
}

/** Whether a service is ready, as its admin server says. */
export interface Readiness {
  /** 200 or 503. */
  readonly status: number;
  /** Why it is not, by check; empty when it is. */
  readonly reasons: Readonly<Record<string, string>>;
}

/** A service as it runs in production: a process of its own, from the compiled code. */
export class ServiceProcess {
  /** What it has logged so far. */
  readonly lines: LogLine[] = [];
  private readonly service: ServiceName;
  private readonly child: ChildProcess;
  private readonly isReady = new Deferred();
  private readonly listens = new Deferred<number>();
  private readonly ended = new Deferred<number | null>();

  /** Starts it at once. `env` is its whole environment, beside a free admin port and a JSON log. */
  constructor(service: ServiceName, env: Readonly<Record<string, string>>) {
    this.service = service;
    const main = path.join(ROOT, 'dist', 'apps', service, 'src', 'main.js');
    const [command = '', ...args] = diesWithParent([process.execPath, main]);
    const child = spawn(command, args, {
      env: { LOG_FORMAT: 'json', ADMIN_PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface({ input: child.stdout }).on('line', (line) => this.onLine(line));
    child.once('error', (error) => this.onEnd(null, error));
    child.once('close', (code) => this.onEnd(code));
    this.child = child;
  }

  /** Resolves once it takes work; rejects when it ends first. */
  ready(): Promise<void> {
    return this.isReady.promise;
  }

  /** Where its admin server listens, as a URL without a path; rejects when it ends before. */
  async address(): Promise<string> {
    return `http://127.0.0.1:${await this.listens.promise}`;
  }

  /** What its admin server answers; rejects when it ends before it listens. */
  async get(path: string): Promise<{ readonly status: number; readonly body: string }> {
    const response = await fetch(`${await this.address()}${path}`);
    return { status: response.status, body: await response.text() };
  }

  /** The same, of an answer that is JSON. */
  async getJson(path: string): Promise<{ readonly status: number; readonly body: unknown }> {
    const { status, body } = await this.get(path);
    return { status, body: JSON.parse(body) };
  }

  /** What it says of its readiness now. */
  async readiness(): Promise<Readiness> {
    const { status, body } = await this.getJson('/health/ready');
    const { error = {} } = body as { error?: Record<string, { message: string }> };
    const reasons = Object.entries(error).map(([check, { message }]) => [check, message]);
    return { status, reasons: Object.fromEntries(reasons) };
  }

  /** The value of a metric without labels; NaN when there is none. */
  async metric(name: string): Promise<number> {
    const { body } = await this.get('/metrics');
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(body)?.[1]);
  }

  /** Ends it in order; resolves with its exit code, which is null when a signal killed it. */
  stop(): Promise<number | null> {
    this.child.kill('SIGTERM');
    return this.ended.promise;
  }

  /** Ends it as a crash does. Harmless when it has ended. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended.promise;
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

  private onEnd(code: number | null, cause?: Error): void {
    const said = this.lines.slice(-5).map((line) => JSON.stringify(line));
    const message = `${this.service} ended before it was ready:\n${said.join('\n')}`;
    const error = new Error(message, { cause });
    this.isReady.rejectHandled(error);
    this.listens.rejectHandled(error);
    this.ended.resolve(code);
  }
}
