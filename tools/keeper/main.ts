/**
 * The keeper: one process that starts and owns everything a launcher needs, and ends it when the
 * launcher goes, however it goes. The IPC channel is the lifeline: it closes with the launcher,
 * `kill -9` included. The keeper leads a session of its own, so Ctrl-C in a terminal reaches the
 * launcher only.
 */
import { KeptProcess } from './kept-process.ts';
import { identify } from './process-identity.ts';
import { ENDING_ORDER, type Notice, type Request } from './protocol.ts';
import { killMarked } from './remains.ts';
import { deleteLeavings, removeState, writeState } from './state-file.ts';

/** Nobody waits for a graceful end once the launcher is gone: long drains are cut to this. */
const ORPHANED_STOP_LIMIT_MS = 5_000;

const [id = '', stateFile = ''] = process.argv.slice(2);
const leavings: string[] = [];
const running = new Map<number, KeptProcess>();
const self = identify(process.pid)!;
let ending = false;
let limitMs = Infinity;

function tell(notice: Notice): void {
  // The channel may close between the check and the write; the lifeline handler deals with that.
  if (process.connected) process.send!(notice, () => {});
}

function remember(): void {
  const processes = [...running.values()].map(({ identity, spec }) => {
    const { name, role, stopSignal, stopTimeoutMs, afterwards } = spec;
    return { ...identity, name, role, stopSignal, stopTimeoutMs, afterwards };
  });
  writeState(stateFile, { id, keeper: self, leavings, processes });
}

async function start(requestId: number, spec: (Request & { kind: 'spawn' })['spec']) {
  if (ending) return tell({ kind: 'refused', requestId, reason: 'everything is being ended' });
  const kept = await KeptProcess.start(spec, id, ({ identity }) =>
    tell({ kind: 'ready', pid: identity.pid }),
  );
  const { pid } = kept.identity;
  running.set(pid, kept);
  remember();
  tell({ kind: 'reply', requestId, process: kept.identity });
  void kept.ended.then((end) => {
    running.delete(pid);
    if (!ending) remember();
    tell({ kind: 'ended', pid, ...end });
  });
  // The end of everything may have begun while this one was starting.
  if (ending) await kept.stop(limitMs);
}

function deleteAtEnd(path: string): void {
  leavings.push(path);
  remember();
}

async function serve(request: Request): Promise<void> {
  if (request.kind === 'stop-all') return endAll(request.hurry ? 0 : Infinity);
  const { requestId } = request;
  try {
    if (request.kind === 'spawn') return await start(requestId, request.spec);
    if (request.kind === 'delete-at-end') deleteAtEnd(request.path);
    else if (request.kind === 'stop') await running.get(request.pid)?.stop();
    else running.get(request.pid)?.signal(request.signal);
    tell({ kind: 'reply', requestId });
  } catch (error) {
    tell({ kind: 'refused', requestId, reason: (error as Error).message });
  }
}

/** Called again, it only shortens the time that is left. */
async function endAll(newLimitMs: number): Promise<void> {
  limitMs = Math.min(limitMs, newLimitMs);
  if (ending) {
    await Promise.all([...running.values()].map((kept) => kept.stop(limitMs)));
    return;
  }
  ending = true;
  for (const role of ENDING_ORDER) {
    const members = [...running.values()].filter((kept) => kept.spec.role === role);
    await Promise.all(members.map((kept) => kept.stop(limitMs)));
  }
  await Promise.all([...running.values()].map((kept) => kept.stop(limitMs)));
  await killMarked(id);
  deleteLeavings(leavings);
  removeState(stateFile);
  process.exit(0);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void endAll(ORPHANED_STOP_LIMIT_MS));
}
process.on('disconnect', () => void endAll(ORPHANED_STOP_LIMIT_MS));
process.on('message', (request: Request) => void serve(request));
remember();
tell({ kind: 'up' });
