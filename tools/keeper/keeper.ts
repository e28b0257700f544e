import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { deferred } from './deferred.ts';
import type { Notice, ProcessEnd, ProcessIdentity, ProcessSpec, Request } from './protocol.ts';
import { identify, MARK } from './process-identity.ts';
import { endAllRemains, endRemains } from './remains.ts';

type Reply = (Notice & { kind: 'reply' }) | (Notice & { kind: 'refused' });

/** A process that a keeper runs, seen from the launcher. */
export interface RunningProcess extends ProcessIdentity {
  readonly name: string;
  /** Resolves when its output has shown the spec's text; rejects with its last lines when it ends before. */
  readonly ready: Promise<void>;
  /** Resolves when it has ended, never rejects. When the keeper is lost: with neither code nor signal. */
  readonly ended: Promise<ProcessEnd>;
  /** Asks it to end, kills it when it takes too long; resolves when it has ended. Calling again is harmless. */
  stop(): Promise<void>;
  /** Sends a signal; SIGKILL by default. */
  signal(signal?: NodeJS.Signals): Promise<void>;
}

/**
 * The launcher's side of a keeper process. Everything started through it ends with the launcher,
 * even when the launcher is killed; when the keeper is killed instead, the launcher ends what it left.
 */
export class Keeper {
  /** Resolves when the keeper died by itself and what it left has been ended. Never rejects. */
  readonly lost: Promise<void>;
  /** The keeper process itself. */
  readonly identity: ProcessIdentity;
  readonly #child: ChildProcess;
  readonly #replies = new Map<number, (reply: Reply) => void>();
  readonly #watched = new Map<number, { ready: () => void; ended: (end: ProcessEnd) => void }>();
  readonly #gone: Promise<void>;
  #requests = 0;
  #stopping = false;

  private constructor(child: ChildProcess, stateFile: string) {
    this.#child = child;
    this.identity = identify(child.pid!) ?? { pid: child.pid!, startTime: 'ended' };
    child.on('message', (notice: Notice) => this.#hear(notice));
    this.#gone = once(child, 'exit').then(() => endRemains(stateFile));
    this.lost = this.#gone.then(() => {
      this.#forgetAll();
      return this.#stopping ? new Promise<never>(() => {}) : undefined;
    });
  }

  /**
   * Starts a keeper process and ends what dead keepers of the same folder left running.
   *
   * @param folder where keepers write down what they have running
   */
  static async start(folder: string): Promise<Keeper> {
    await endAllRemains(folder);
    mkdirSync(folder, { recursive: true });
    const id = randomUUID();
    const stateFile = path.join(folder, `${id}.keeper.json`);
    const log = openSync(path.join(folder, 'keeper.log'), 'a');
    // A keeper started by something that a keeper started must not look like that one's child.
    const child = fork(path.join(import.meta.dirname, 'main.ts'), [id, stateFile], {
      env: { ...process.env, [MARK]: '' },
      execArgv: [],
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    const keeper = new Keeper(child, stateFile);
    await Promise.race([
      once(child, 'message'),
      keeper.lost.then(() => {
        throw new Error(`The keeper process ended at its start: see ${folder}/keeper.log.`);
      }),
    ]);
    return keeper;
  }

  /** Starts a process. Throws when the command cannot be started or everything is being ended. */
  async spawn(spec: ProcessSpec): Promise<RunningProcess> {
    let running: RunningProcess | undefined;
    // Watched within the reply itself: notices about the process may follow in the same breath.
    const reply = await this.#ask(
      { kind: 'spawn', requestId: ++this.#requests, spec },
      (answer) => {
        if (answer.kind === 'reply') running = this.#watch(spec, answer.process!);
      },
    );
    if (running !== undefined) return running;
    const reason = reply.kind === 'refused' ? reply.reason : 'no reason given';
    throw new Error(`${spec.name} could not be started: ${reason} (${spec.command})`);
  }

  /** Has a file or folder deleted once everything has ended, however that comes about. */
  async deleteAtEnd(path: string): Promise<void> {
    await this.#ask({ kind: 'delete-at-end', requestId: ++this.#requests, path });
  }

  /** Ends everything in order, then the keeper. Called again with `hurry`, it kills what still runs. */
  async stop({ hurry = false } = {}): Promise<void> {
    this.#stopping = true;
    this.#send({ kind: 'stop-all', hurry });
    await this.#gone;
    this.#forgetAll();
  }

  #watch(spec: ProcessSpec, identity: ProcessIdentity): RunningProcess {
    const end = deferred<ProcessEnd>();
    const shown = deferred();
    this.#watched.set(identity.pid, { ready: shown.resolve, ended: end.resolve });
    const ended = end.promise;
    const early = ended.then((how) => {
      throw new Error(endedEarly(spec, how));
    });
    const ready = Promise.race([shown.promise, early]);
    ready.catch(() => {}); // Not everyone waits for it; who does still sees the rejection.
    const { pid } = identity;
    return {
      ...identity,
      name: spec.name,
      ready,
      ended,
      stop: async () => {
        await this.#ask({ kind: 'stop', requestId: ++this.#requests, pid });
        await ended;
      },
      signal: async (signal = 'SIGKILL') => {
        await this.#ask({ kind: 'signal', requestId: ++this.#requests, pid, signal });
      },
    };
  }

  #hear(notice: Notice): void {
    if (notice.kind === 'reply' || notice.kind === 'refused') {
      this.#replies.get(notice.requestId)?.(notice);
      this.#replies.delete(notice.requestId);
    } else if (notice.kind === 'ready') {
      this.#watched.get(notice.pid)?.ready();
    } else if (notice.kind === 'ended') {
      this.#watched.get(notice.pid)?.ended({ code: notice.code, signal: notice.signal });
      this.#watched.delete(notice.pid);
    }
  }

  #ask(request: Request & { requestId: number }, onReply?: (reply: Reply) => void) {
    const { promise, resolve } = deferred<Reply>();
    this.#replies.set(request.requestId, (reply) => {
      onReply?.(reply);
      resolve(reply);
    });
    this.#send(request);
    return promise;
  }

  #send(request: Request): void {
    if (this.#child.connected) this.#child.send(request, () => {});
    else this.#forgetAll();
  }

  /** The keeper is gone: nothing that was asked will be answered, and nothing it ran runs. */
  #forgetAll(): void {
    for (const [requestId, reply] of this.#replies) {
      reply({ kind: 'refused', requestId, reason: 'the keeper process has ended' });
    }
    this.#replies.clear();
    for (const { ended } of this.#watched.values()) ended({ code: null, signal: null });
    this.#watched.clear();
  }
}

function endedEarly(spec: ProcessSpec, { code, signal }: ProcessEnd): string {
  const how = signal ?? `exit code ${code}`;
  return `${spec.name} ended before it was ready (${how}). Its last lines, from ${spec.logFile}:\n${lastLines(spec.logFile)}`;
}

function lastLines(file: string, count = 15): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
  } catch {
    return '(no output)';
  }
}
