import { sleep } from '#supervisor';

const LOOK_EVERY_MS = 2;

/** Resolves as soon as the condition holds; it is looked at every few milliseconds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(LOOK_EVERY_MS);
}
