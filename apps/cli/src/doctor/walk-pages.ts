/** How far a walk through pages came. */
export interface Walked {
  /** How many items were looked at. */
  readonly seen: number;
  /** Whether these are all there are. */
  readonly complete: boolean;
}

/** Looks at page after page, with one at a time in memory; asks for no further one after `forMs`. Throws what the pages throw. */
export async function walkPages<
  P extends { readonly items: readonly object[]; readonly nextCursor?: string },
>(pages: AsyncIterable<P>, forMs: number, look: (page: P) => void): Promise<Walked> {
  const until = performance.now() + forMs;
  let seen = 0;
  for await (const page of pages) {
    look(page);
    seen += page.items.length;
    const isLast = page.nextCursor === undefined;
    if (!isLast && performance.now() >= until) return { seen, complete: false };
  }
  return { seen, complete: true };
}
