import { logTasks } from '#broker';
import type { Logger } from '#runtime';
import { Supervisor } from '#supervisor';
import { startToldProcess, type ToldProcess } from './start-process.js';
import { WATCHDOG_SCRIPT } from './watchdog.script.js';

/** What the script needs to end what is still watched: SIGTERM, and SIGKILL twice, a second apart. */
const CLOSE_TIMEOUT_MS = 3_000;

/**
 * Sees to it that no process outlives the task-runner that started it, not even after SIGKILL.
 *
 * It is a small process in a session of its own that holds the other end of a pipe. When the pipe
 * closes it ends every process group and every marked process that it was told of and that was not
 * forgotten since: SIGTERM, a second later SIGKILL. It starts with the first `watch`, and again
 * should it be killed itself.
 */
export class Watchdog {
  /** Its one task is the process. */
  readonly supervisor: Supervisor;
  private readonly watched = new Set<string>();
  private process: ToldProcess | undefined;
  private isClosed = false;

  constructor(private readonly log: Pick<Logger, 'warn' | 'error'>) {
    this.supervisor = new Supervisor({
      name: 'watchdog',
      limit: 1,
      closeTimeoutMs: CLOSE_TIMEOUT_MS,
      onOutcome: () => this.ended(),
      ...logTasks(log, 'watchdog'),
    });
  }

  /** Why what runs now would outlive a killed task-runner; nothing when it would not. */
  trouble(): string | undefined {
    const isMissing = this.watched.size > 0 && !this.process && !this.isClosed;
    return isMissing ? 'no watchdog: what runs now would outlive a killed task-runner' : undefined;
  }

  /**
   * From now on `what` does not survive this process: a marker `NAME=value` in the environment of
   * what is about to start, or the number of a process group. Call it with the marker *before* the
   * start, so that there is no moment in between.
   *
   * @throws {Error} when the watchdog is closed or cannot be started: then nothing else may be
   * started either.
   */
  watch(what: string): void {
    if (this.isClosed) throw new Error('the watchdog is closed: nothing may be started any more');
    this.watched.add(what);
    if (this.process) tell(this.process, 'watch', what);
    else this.start();
  }

  /** What was watched has ended. Unknown or forgotten before: nothing happens. */
  forget(what: string): void {
    if (!this.watched.delete(what) || !this.process) return;
    tell(this.process, 'forget', what);
  }

  /**
   * Lets the watchdog go: it ends what is still watched. Resolves when it has ended, or 3 s later
   * without it. Called again, it does nothing more.
   */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.supervisor.close();
  }

  private start(): void {
    // A session of its own: what is sent to the task-runner's group (Ctrl-C, a kill of the whole
    // group) must not reach it. An empty environment: it carries nobody's marker.
    const process = startToldProcess({
      file: '/bin/sh',
      args: ['-c', WATCHDOG_SCRIPT, 'signalbox-watchdog'],
      env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    });
    const task = this.supervisor.trySpawn(`process ${process.pid} (watchdog)`, async (context) => {
      context.onAbort(() => process.stdin.end());
      await process.exited;
    });
    if (typeof task === 'string') {
      process.stdin.end();
      throw new Error(`no watchdog, so nothing may be started: its supervisor is ${task}`);
    }
    this.process = process;
    for (const what of this.watched) tell(process, 'watch', what);
  }

  private ended(): void {
    this.process = undefined;
    if (this.isClosed || this.watched.size === 0) return;
    this.log.warn(
      { watched: this.watched.size },
      'the watchdog was ended by somebody; starting another',
    );
    try {
      this.start();
    } catch (err) {
      this.log.error({ err }, 'no watchdog: what runs now would outlive a killed task-runner');
    }
  }
}

function tell({ stdin }: ToldProcess, verb: 'watch' | 'forget', what: string): void {
  stdin.write(`${verb} ${what}\n`);
}
