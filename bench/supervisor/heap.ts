import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Deferred } from '#supervisor';

setFlagsFromString('--expose-gc');

/** Leaves no garbage for what comes next to pay for. */
export const collectGarbage = runInNewContext('gc') as () => void;

/**
 * Heap bytes for each of `count` tasks while all of them run, the promise of its end included;
 * `start` begins one.
 */
export async function heapPerTask(
  count: number,
  start: (body: () => Promise<void>) => Promise<unknown>,
): Promise<number> {
  const end = new Deferred();
  const body = async (): Promise<void> => {
    await end.promise;
  };
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const ends = Array.from({ length: count }, () => start(body));
  collectGarbage();
  const bytes = process.memoryUsage().heapUsed - before;
  end.resolve();
  await Promise.all(ends);
  return Math.round(bytes / count);
}
