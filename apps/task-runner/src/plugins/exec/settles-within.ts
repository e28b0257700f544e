import { withTimeout } from '#supervisor';

/** Whether a promise settles, either way, before the time is up. */
export async function settlesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let settled = false;
  const note = (): void => {
    settled = true;
  };
  await withTimeout(promise.then(note, note), ms).catch(() => {});
  return settled;
}
