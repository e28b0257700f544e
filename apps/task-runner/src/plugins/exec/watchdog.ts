import { type ChildProcess, spawn } from 'node:child_process';
import type { PluginLog } from '../plugin.js';
import { WATCHDOG_SCRIPT } from './watchdog.script.js';

/**
 * Sees to it that no process outlives the task-runner that started it, not even after SIGKILL.
 *
 * It is a small process in a session of its own that holds the other end of a pipe. When the pipe
 * closes it ends every process group and every marked process that it was told of and that was not
 * forgotten since: SIGTERM, a second later SIGKILL. It starts with the first `watch`, and again
 * should it be killed itself.
 */
export class Watchdog {
  private readonly watched = new Set<string>();
  private child: ChildProcess | undefined;

  constructor(private readonly log: Pick<PluginLog, 'warn' | 'error'>) {}

  /**
   * From now on `what` does not survive this process: a marker `NAME=value` in the environment of
   * what is about to start, or the number of a process group. Call it with the marker *before* the
   * start, so that there is no moment in between.
   *
   * @throws {Error} when the watchdog cannot be started: then nothing else may be started either.
   */
  watch(what: string): void {
    this.watched.add(what);
    if (this.child) this.tell(this.child, 'watch', what);
    else this.start();
  }

  /** What was watched has ended. Unknown or forgotten before: nothing happens. */
  forget(what: string): void {
    if (!this.watched.delete(what) || !this.child) return;
    this.tell(this.child, 'forget', what);
  }

  /** Lets the watchdog go. It ends what is still watched. A later `watch` starts a new one. */
  close(): void {
    const { child } = this;
    this.child = undefined;
    child?.stdin?.end();
  }

  private start(): void {
    // A session of its own: what is sent to the task-runner's group (Ctrl-C, a kill of the whole
    // group) must not reach it. An empty environment: it carries nobody's marker.
    const child = spawn('/bin/sh', ['-c', WATCHDOG_SCRIPT, 'signalbox-watchdog'], {
      detached: true,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // Without listeners either would be an uncaught error; `exit`, or the missing pid, says it all.
    child.on('error', () => {});
    child.stdin?.on('error', () => {});
    if (child.pid === undefined) {
      throw new Error('no watchdog, so nothing may be started: /bin/sh could not be run');
    }
    this.child = child;
    child.unref();
    child.once('exit', () => this.restart(child));
    for (const what of this.watched) this.tell(child, 'watch', what);
  }

  private restart(ended: ChildProcess): void {
    if (this.child !== ended) return;
    this.child = undefined;
    if (this.watched.size === 0) return;
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

  private tell(child: ChildProcess, verb: 'watch' | 'forget', what: string): void {
    child.stdin?.write(`${verb} ${what}\n`);
  }
}
