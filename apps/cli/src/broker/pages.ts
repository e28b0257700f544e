import {
  MAX_PAGE_ITEMS,
  checkMessage,
  type Contract,
  type Page,
  type PageRequest,
} from '#contracts';
import type { Session } from './session.js';

/** The pages of a list from the first on, as large as they may be; each is asked for when it is wanted. Throws what `ask` throws. */
export async function* pagesOf<Q extends PageRequest, A extends Page>(
  session: Pick<Session, 'ask'>,
  query: Contract<Q>,
  asked: Omit<Q, keyof PageRequest>,
  answer: Contract<A>,
  options?: { readonly timeoutMs?: number },
): AsyncGenerator<A, void> {
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const body = checkMessage(query, { ...asked, limit: MAX_PAGE_ITEMS, cursor });
    const page = await session.ask(query, body, answer, options);
    cursor = page.nextCursor;
    yield page;
  }
}
