import type { ItemResult } from './item-result.js';

/** What a store says to one bulk: a result for each document, or one refusal because of something that is in it. */
export type BulkAnswer =
  { readonly results: readonly ItemResult[] } | { readonly refused: ItemResult };

/**
 * Writes documents although some of them make the store refuse every bulk they are in: halves what was refused until
 * the culprits stand alone, and gives those the refusal. Costs about 2·log2(n) further writes for each culprit.
 * One result each, in order.
 */
export async function writeBisecting<T>(
  documents: readonly T[],
  write: (documents: readonly T[]) => Promise<BulkAnswer>,
): Promise<readonly ItemResult[]> {
  const answer = await write(documents);
  if ('results' in answer) return answer.results;
  if (documents.length === 1) return [answer.refused];
  const middle = documents.length >> 1;
  const first = await writeBisecting(documents.slice(0, middle), write);
  const second = await writeBisecting(documents.slice(middle), write);
  return [...first, ...second];
}
