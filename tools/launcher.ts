import path from 'node:path';
import { Keeper } from './keeper/keeper.ts';
import { whenNpmIsKilled } from './npm-watch.ts';
import { WORK } from './setup/places.js';

/** What a launcher's work is given. */
export interface Launch {
  readonly keeper: Keeper;
  /** Aborted when everything is to end: Ctrl-C, SIGTERM, a closed terminal, or npm was killed. */
  readonly signal: AbortSignal;
}

/**
 * Runs a launcher: `work` with a keeper, then ends what was started and exits with the code that
 * `work` resolves with. When it throws: 128 + the signal's number if it was interrupted, else 1. A
 * second Ctrl-C kills what takes its time to end.
 *
 * @param options `scratch`: a folder to delete at the end; what works in it is not worth an orderly
 * stop and is killed
 */
export async function launch(
  work: (launch: Launch) => Promise<number>,
  { scratch }: { scratch?: string } = {},
): Promise<never> {
  const keeper = await Keeper.start(path.join(WORK, 'run'));
  if (scratch !== undefined) await keeper.deleteAtEnd(scratch);
  const interrupted = new AbortController();
  let exitCode: number | undefined;

  function interrupt(code: number): void {
    if (interrupted.signal.aborted) return void keeper.stop({ hurry: true });
    exitCode = code;
    interrupted.abort(new Error('interrupted'));
  }

  process.on('SIGINT', () => interrupt(130));
  process.on('SIGTERM', () => interrupt(143));
  process.on('SIGHUP', () => interrupt(129));
  whenNpmIsKilled(() => interrupt(143));
  void keeper.lost.then(() => {
    console.error('The keeper process was killed; everything it ran has been ended.');
    process.exit(1);
  });
  try {
    exitCode = await work({ keeper, signal: interrupted.signal });
  } catch (error) {
    exitCode ??= 1;
    if (!interrupted.signal.aborted) console.error(describe(error));
  }
  await keeper.stop({ hurry: scratch !== undefined });
  process.exit(exitCode);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\nbecause: ${describe(error.cause)}`;
  return `${error.message}${cause}`;
}
