import type { Termination } from '#contracts';
import { sleep } from '#supervisor';
import { hasProcessTable, type ProcessTable } from './process-table.js';
import { settlesWithin } from './settles-within.js';

/** A program with everything it has started. */
export interface ProcessTree {
  /** The process group; it has the number of the program that leads it. */
  readonly group: number;
  /** The mark (MARK_VARIABLE) in the environment of the program and of its descendants. */
  readonly mark: string;
  /** Resolves when the program has ended and was reaped. */
  readonly exited: Promise<unknown>;
}

/** How long a program may take to end after SIGTERM. */
const TERM_GRACE_MS = 2_000;
/** How long the kernel may take after SIGKILL: it takes longer only in an uninterruptible system call. */
const KILL_GRACE_MS = 2_000;
/** How long what was killed with its leader may still be seen. */
const EMPTY_GRACE_MS = 500;
const LOOK_EVERY_MS = 10;
const LEAST_LOOKS = 3;

/**
 * Ends a program and all that it started: SIGTERM to its group, after 2 s SIGKILL, then SIGKILL to
 * what has moved to a session of its own. Takes about 5 s at most, whatever the processes do. Never
 * rejects.
 *
 * @returns `proven`: the program was reaped, its group is empty and nobody carries its mark;
 * `presumed`: the same, but the system does not tell who carries it; `unknown`: something is left.
 */
export async function endProcessTree(tree: ProcessTree, table: ProcessTable): Promise<Termination> {
  if (!(await endGroup(tree, table))) return 'unknown';
  if (!hasProcessTable) return 'presumed';
  return (await becomesTrue(() => killMarked(tree.mark, table), EMPTY_GRACE_MS))
    ? 'proven'
    : 'unknown';
}

/**
 * Ends what a program, itself ended, has left behind in its group. What has moved to a session of
 * its own stays: so do programs start daemons on purpose. Never rejects.
 */
export async function endRestOfGroup(tree: ProcessTree, table: ProcessTable): Promise<Termination> {
  const isEnded = (await isGroupEmpty(tree.group, table)) || (await endGroup(tree, table));
  return isEnded ? 'proven' : 'unknown';
}

async function endGroup(tree: ProcessTree, table: ProcessTable): Promise<boolean> {
  signal(-tree.group, 'SIGTERM');
  if (await isGone(tree, table, TERM_GRACE_MS, TERM_GRACE_MS)) return true;
  signal(-tree.group, 'SIGKILL');
  return isGone(tree, table, KILL_GRACE_MS, EMPTY_GRACE_MS);
}

/** Decided on `exit`: what grandchildren do with the pipes of the program does not count. */
async function isGone(
  tree: ProcessTree,
  table: ProcessTable,
  exitMs: number,
  emptyMs: number,
): Promise<boolean> {
  const startedAt = performance.now();
  if (!(await settlesWithin(tree.exited, exitMs))) return false;
  const leftMs = exitMs - (performance.now() - startedAt);
  return becomesTrue(() => isGroupEmpty(tree.group, table), Math.min(leftMs, emptyMs));
}

/** Whether it is known that nothing of the group lives. */
async function isGroupEmpty(group: number, table: ProcessTable): Promise<boolean> {
  try {
    process.kill(-group, 0);
  } catch (error) {
    if (isNoSuchProcess(error)) return true;
  }
  if (!hasProcessTable) return false;
  // The kernel counts zombies too, and where process 1 does not reap them they stay for ever.
  const entries = await table.read();
  return entries !== undefined && !entries.some((entry) => entry.group === group);
}

/** Whether it is known that nobody carried the mark. Whoever does is killed. */
async function killMarked(mark: string, table: ProcessTable): Promise<boolean> {
  const marked = (await table.read())?.filter((entry) => entry.mark === mark);
  for (const { pid } of marked ?? []) signal(pid, 'SIGKILL');
  return marked?.length === 0;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone already, or (EPERM) it has made itself somebody else's: the checks that follow tell which.
  }
}

function isNoSuchProcess(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ESRCH';
}

/** However little time there is, it looks a few times: on a busy machine one look may take all of it. */
async function becomesTrue(check: () => Promise<boolean>, withinMs: number): Promise<boolean> {
  const endsAt = performance.now() + withinMs;
  for (let looks = 1; !(await check()); looks++) {
    const leftMs = endsAt - performance.now();
    if (leftMs <= 0 && looks >= LEAST_LOOKS) return false;
    await sleep(Math.min(LOOK_EVERY_MS * looks, Math.max(leftMs, LOOK_EVERY_MS)));
  }
  return true;
}
