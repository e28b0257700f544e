import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Keeper, RunningProcess } from '../keeper/keeper.ts';
import type { ProcessEnd } from '../keeper/protocol.ts';
import { answering } from '../servers/answering.ts';
import { Backoff } from './backoff.ts';
import type { ServiceEntry } from './mesh-file.ts';

const READY_WITHIN_MS = 60_000;
/** Longer than the services' own bounds for draining and closing. */
const STOP_TIMEOUT_MS = 40_000;

export interface MeshServiceOptions {
  readonly keeper: Keeper;
  readonly name: string;
  /** The compiled main file. */
  readonly main: string;
  readonly adminPort: number;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** It ended by itself and is started again after the wait. */
  readonly onDeath: (end: ProcessEnd, restartInMs: number) => void;
  /** It is ready again, as another process. */
  readonly onReturn: () => void;
}

/** One service process of a mesh, started again whenever it dies. */
export class MeshService {
  readonly name: string;
  readonly #options: MeshServiceOptions;
  readonly #adminUrl: string;
  readonly #backoff = new Backoff();
  readonly #stopping = new AbortController();
  #process: RunningProcess | undefined;
  #processId = '';

  constructor(options: MeshServiceOptions) {
    this.#options = options;
    this.name = options.name;
    this.#adminUrl = `http://127.0.0.1:${options.adminPort}`;
  }

  /** As it is now: another process after a restart. */
  get entry(): ServiceEntry {
    const { name } = this;
    const pid = this.#process?.pid ?? 0;
    return { name, processId: this.#processId, pid, adminUrl: this.#adminUrl };
  }

  /**
   * Resolves when it is ready. Throws, and gives it up, when it ends first or is not ready in time.
   * From then on it is started again whenever it dies.
   */
  async start(): Promise<void> {
    const process = await this.#launch();
    void this.#watch(process);
  }

  /** Ends it in order and lets it stay ended. Harmless when called again. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#process?.stop();
  }

  /** Ends it in order; it then comes back as one that died would. */
  async restart(): Promise<void> {
    await this.#process?.stop();
  }

  /** Kills it, as a crash would; it comes back. Resolves when it has ended. */
  async kill(): Promise<void> {
    const process = this.#process;
    await process?.signal('SIGKILL');
    await process?.ended;
  }

  async #launch(): Promise<RunningProcess> {
    const { keeper, name, main, adminPort, env, logFile } = this.#options;
    const started = await keeper.spawn({
      name,
      role: 'service',
      command: process.execPath,
      args: ['--enable-source-maps', main],
      cwd: path.dirname(logFile),
      env: { ...env, ADMIN_PORT: String(adminPort), LOG_FORMAT: 'json' },
      logFile,
      stopTimeoutMs: STOP_TIMEOUT_MS,
    });
    this.#process = started;
    let last = 'it has not answered yet';
    try {
      await answering(
        started,
        name,
        async () => {
          const { ready, body } = await this.#ask('ready');
          last = body;
          return ready;
        },
        READY_WITHIN_MS,
      );
    } catch (error) {
      throw new Error(`${name} did not become ready: ${last}`, { cause: error });
    }
    const { processId } = JSON.parse((await this.#ask('live')).body) as { processId: string };
    this.#processId = processId;
    return started;
  }

  async #ask(what: 'live' | 'ready'): Promise<{ ready: boolean; body: string }> {
    const url = `${this.#adminUrl}/health/${what}`;
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    return { ready: response.status === 200, body: await response.text() };
  }

  async #watch(first: RunningProcess): Promise<void> {
    const { signal } = this.#stopping;
    for (let process: RunningProcess | undefined = first; ;) {
      const since = Date.now();
      const end = (await process?.ended) ?? { code: null, signal: null };
      if (signal.aborted) return;
      const restartInMs = this.#backoff.next(Date.now() - since);
      this.#options.onDeath(end, restartInMs);
      await sleep(restartInMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      process = await this.#launch().catch(() => undefined);
      if (process !== undefined) this.#options.onReturn();
    }
  }
}
