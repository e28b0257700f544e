import type { RunningProcess } from '../keeper/keeper.ts';

/** A private server that can be stopped and started again on the same port and data. */
export class Server {
  readonly name: string;
  /** Where clients connect; the same through every restart. */
  readonly url: string;
  readonly #launch: () => Promise<RunningProcess>;
  #process: RunningProcess | undefined;

  /** @param launch starts the process and resolves when it takes connections */
  constructor(name: string, url: string, launch: () => Promise<RunningProcess>) {
    this.name = name;
    this.url = url;
    this.#launch = launch;
  }

  /** The pid of the running process; undefined while stopped. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Resolves when it takes connections. Throws with its last lines when it does not come up. */
  async start(): Promise<void> {
    if (this.#process !== undefined) return;
    const started = await this.#launch();
    this.#process = started;
    void started.ended.then(() => {
      if (this.#process === started) this.#process = undefined;
    });
  }

  /** Ends it in order. Harmless when it is stopped. */
  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  /** Ends it at once, as a power cut would. Harmless when it is stopped. */
  async kill(): Promise<void> {
    const process = this.#process;
    await process?.signal('SIGKILL');
    await process?.ended;
  }

  /** Stops it in order and starts it again. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }
}
