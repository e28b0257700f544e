import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, MARK } from './process-identity.ts';
import type { ProcessEnd, ProcessIdentity, ProcessSpec } from './protocol.ts';
import { diesWithParent } from './parent-death.ts';
import { runAfterwards } from './remains.ts';

const STOP_TIMEOUT_MS = 10_000;
const LAST_WORDS_MS = 200;

/** One child of the keeper, in a process group of its own. */
export class KeptProcess {
  readonly spec: ProcessSpec;
  readonly identity: ProcessIdentity;
  /** Resolves when the process has ended and what had to follow has been done. */
  readonly ended: Promise<ProcessEnd>;
  readonly #child: ChildProcess;

  private constructor(spec: ProcessSpec, identity: ProcessIdentity, child: ChildProcess) {
    this.spec = spec;
    this.identity = identity;
    this.#child = child;
    const closed = once(child, 'close');
    this.ended = once(child, 'exit').then(async ([code, signal]) => {
      // Its last words may still be on their way; a stray child may hold the pipe open for ever.
      await Promise.race([closed, sleep(LAST_WORDS_MS)]);
      runAfterwards(spec);
      return { code: code as number | null, signal: signal as NodeJS.Signals | null };
    });
  }

  /**
   * Starts the process. `onReady` is called once, when its output contains the spec's text.
   * Throws when the command cannot be started.
   */
  static async start(
    spec: ProcessSpec,
    keeperId: string,
    onReady: (process: KeptProcess) => void,
  ): Promise<KeptProcess> {
    mkdirSync(path.dirname(spec.logFile), { recursive: true });
    const log = openSync(spec.logFile, 'a');
    const { readyText } = spec;
    const piped = readyText !== undefined;
    const [command, ...args] = diesWithParent([spec.command, ...spec.args]);
    const child = spawn(command!, args, {
      cwd: spec.cwd,
      env: { ...spec.env, [MARK]: keeperId },
      uid: spec.uid,
      gid: spec.gid,
      detached: true,
      stdio: ['ignore', piped ? 'pipe' : log, piped ? 'pipe' : log],
    });
    let announce = () => {};
    if (piped) watchOutput(child, readyText, log, () => announce());
    else closeSync(log);
    await once(child, 'spawn');
    // A process that ended within the same moment leaves no trace to compare with; its pid alone
    // is never signalled, because `identify` will not find it either.
    const identity = identify(child.pid!) ?? { pid: child.pid!, startTime: 'ended' };
    const kept = new KeptProcess(spec, identity, child);
    announce = () => onReady(kept);
    return kept;
  }

  /** Sends a signal to the process alone; to its whole group with `group`. */
  signal(signal: NodeJS.Signals, { group = false } = {}): void {
    // The child is ours and not yet reaped while neither is set, so its pid cannot be another's.
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    process.kill(group ? -this.identity.pid : this.identity.pid, signal);
  }

  /** Asks it to end, then kills its group once its time (at most `limitMs`) is over. */
  async stop(limitMs = Infinity): Promise<void> {
    this.signal(this.spec.stopSignal ?? 'SIGTERM');
    const timer = new AbortController();
    const timeoutMs = Math.min(this.spec.stopTimeoutMs ?? STOP_TIMEOUT_MS, limitMs);
    const late = sleep(timeoutMs, undefined, { signal: timer.signal }).then(
      () => this.signal('SIGKILL', { group: true }),
      () => {},
    );
    await this.ended;
    timer.abort();
    await late;
  }
}

function watchOutput(child: ChildProcess, text: string, log: number, onReady: () => void): void {
  let ready = false;
  for (const stream of [child.stdout, child.stderr] as Readable[]) {
    stream.on('data', (bytes: Buffer) => writeSync(log, bytes));
    createInterface({ input: stream }).on('line', (line) => {
      if (ready || !line.includes(text)) return;
      ready = true;
      onReady();
    });
  }
  child.once('close', () => closeSync(log));
}
