import { QueryFailedError, UnroutableError } from '#broker';
import {
  ListServices,
  ListServicesAnswered,
  SearchDocuments,
  SearchDocumentsAnswered,
  checkMessage,
} from '#contracts';
import { messageOf } from '#supervisor';
import { pagesOf } from '../broker/pages.js';
import type { Session } from '../broker/session.js';
import { printable } from '../output/printable.js';
import { duration } from '../output/time.js';
import { ok, trouble, unknown, type Finding } from './finding.js';
import type { Hints } from './hints.js';
import { ServiceCensus } from './service-census.js';
import { walkPages } from './walk-pages.js';

/** What the record says about processes. */
export interface AskedServices {
  readonly finding: Finding;
  /** Absent when the record does not answer. */
  readonly census?: ServiceCensus;
  /** Whether status said anything at all, and be it that PostgreSQL is away. */
  readonly isAnswered: boolean;
  /** How far the record is behind; absent when status does not say it. */
  readonly lagMs?: number;
}

/** Asks the record who there is: that it answers says that status and its PostgreSQL work. */
export async function askServices(
  session: Session,
  timeoutMs: number,
  hints: Hints,
): Promise<AskedServices> {
  const check = 'record (status, PostgreSQL)';
  const census = new ServiceCensus();
  let [tookMs, lagMs]: [number?, number?] = [];
  const startedAt = performance.now();
  const pages = pagesOf(session, ListServices, {}, ListServicesAnswered, { timeoutMs });
  try {
    const { complete } = await walkPages(pages, timeoutMs, (page) => {
      tookMs ??= performance.now() - startedAt;
      lagMs = page.lagMs;
      page.items.forEach((item) => census.add(item));
    });
    census.isComplete = complete;
  } catch (error) {
    const isAnswered = error instanceof QueryFailedError;
    return { finding: notAnswered(check, 'status', error, hints), isAnswered };
  }
  const finding = ok(check, `answers in ${duration(tookMs ?? 0)}`);
  return { finding, census, isAnswered: true, ...(lagMs !== undefined && { lagMs }) };
}

/** Searches everywhere for one document: that it is answered says that an indexer and its store work. */
export async function searchFinding(
  session: Session,
  timeoutMs: number,
  hints: Hints,
): Promise<Finding> {
  const check = 'search (indexer, store)';
  const startedAt = performance.now();
  const query = checkMessage(SearchDocuments, { index: '*', size: 1 });
  try {
    await session.ask(SearchDocuments, query, SearchDocumentsAnswered, { timeoutMs });
    return ok(check, `answers in ${duration(performance.now() - startedAt)}`);
  } catch (error) {
    return notAnswered(check, 'indexer', error, hints);
  }
}

/** What it means that a service did not answer. */
function notAnswered(
  check: string,
  service: 'status' | 'indexer',
  error: unknown,
  hints: Hints,
): Finding {
  const why = printable(messageOf(error));
  if (error instanceof QueryFailedError) {
    const next =
      service === 'status' ? hints.database() : hints.readiness(service, 'it says what it lacks');
    return trouble(check, `${service} says: ${why}`, next);
  }
  if (error instanceof UnroutableError) {
    return trouble(check, `no ${service} has ever started here`, hints.start(service));
  }
  return trouble(check, why, hints.start(service));
}

/** What could not be asked, because the record does not answer. */
export function notAsked(check: string): Finding {
  return unknown(check, 'the record does not answer, see above');
}
