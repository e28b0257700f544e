import { createHash } from 'node:crypto';

const BYTES = 6;

/** A sequence of numbers from 0 up to 1 that is the same for the same seed. For tests, not secrets. */
export function seededRandom(seed: number): () => number {
  let drawn = 0;
  return () => {
    const digest = createHash('sha256').update(`${seed}/${drawn++}`).digest();
    return digest.readUIntBE(0, BYTES) / 2 ** (8 * BYTES);
  };
}
