import { QueryFailedError, UnroutableError } from '#broker';
import {
  ListExecutions,
  ListExecutionsAnswered,
  ListServices,
  ListServicesAnswered,
  ListStreams,
  ListStreamsAnswered,
  SearchDocuments,
  SearchDocumentsAnswered,
  checkMessage,
  type ServiceItem,
} from '#contracts';
import { messageOf } from '#supervisor';
import { pagesOf } from '../broker/pages.js';
import type { Session } from '../broker/session.js';
import { counted } from '../output/counts.js';
import { printable } from '../output/printable.js';
import { ago, duration } from '../output/time.js';
import { ok, readinessOf, startOf, trouble, unknown, type Finding } from './finding.js';

/** Work that waits longer has nobody to do it, or too few. */
const DUE_MS = 60_000;
const PAGE = 100;

/** What the record says about processes; without an answer, why. */
export interface AskedServices {
  readonly finding: Finding;
  readonly items?: readonly ServiceItem[];
}

/** Asks the record who there is: that it answers says that status and its PostgreSQL work. */
export async function askServices(session: Session, timeoutMs: number): Promise<AskedServices> {
  const check = 'record (status, PostgreSQL)';
  const startedAt = performance.now();
  try {
    const items: ServiceItem[] = [];
    const pages = pagesOf(session, ListServices, {}, ListServicesAnswered, { timeoutMs });
    for await (const page of pages) items.push(...page.items);
    const took = duration(performance.now() - startedAt);
    return { finding: ok(check, `answers in ${took}`), items };
  } catch (error) {
    return { finding: notAnswered(check, 'status', error) };
  }
}

/** Executions and streams that wait although they might run. */
export async function workFindings(session: Session, timeoutMs: number): Promise<Finding[]> {
  const [executions, streams] = await Promise.all([
    waitingExecutions(session, timeoutMs),
    waitingStreams(session, timeoutMs),
  ]);
  return [executions, streams];
}

async function waitingExecutions(session: Session, timeoutMs: number): Promise<Finding> {
  const check = 'due executions';
  const until = Date.now() - DUE_MS;
  const query = checkMessage(ListExecutions, { state: 'queued', until, limit: PAGE });
  const page = await session.ask(ListExecutions, query, ListExecutionsAnswered, { timeoutMs });
  const oldest = page.items.at(-1);
  if (oldest === undefined) return ok(check, 'none waits longer than a minute');
  const more = page.nextCursor === undefined ? '' : ' or more';
  const says = `${counted(page.items.length, 'execution')}${more} not begun, one since ${ago(oldest.recordedAt)}: no task-runner has room`;
  return trouble(check, says, `signalbox services; signalbox show ${oldest.executionId}`);
}

async function waitingStreams(session: Session, timeoutMs: number): Promise<Finding> {
  const check = 'due streams';
  const query = checkMessage(ListStreams, { limit: PAGE });
  const { items } = await session.ask(ListStreams, query, ListStreamsAnswered, { timeoutMs });
  const wanted = items.filter((stream) => stream.wanted);
  const failed = wanted.filter(({ state }) => state === 'failed');
  const waiting = wanted.filter(({ owner, state }) => owner === undefined && state !== 'failed');
  const names = (streams: typeof items): string => streams.map((one) => one.streamId).join(', ');
  if (waiting.length > 0) {
    const says = `nobody follows ${names(waiting)}`;
    return trouble(
      check,
      says,
      'signalbox services   (is a streamer alive?); signalbox stream list',
    );
  }
  if (failed.length > 0) {
    return trouble(check, `failed: ${names(failed)}`, 'signalbox stream list');
  }
  return ok(check, `${counted(wanted.length, 'stream')} followed`);
}

/** Searches everywhere for one document: that it is answered says that an indexer and its store work. */
export async function searchFinding(session: Session, timeoutMs: number): Promise<Finding> {
  const check = 'search (indexer, store)';
  const startedAt = performance.now();
  const query = checkMessage(SearchDocuments, { index: '*', size: 1 });
  try {
    await session.ask(SearchDocuments, query, SearchDocumentsAnswered, { timeoutMs });
    return ok(check, `answers in ${duration(performance.now() - startedAt)}`);
  } catch (error) {
    return notAnswered(check, 'indexer', error);
  }
}

/** What it means that a service did not answer. */
function notAnswered(check: string, service: 'status' | 'indexer', error: unknown): Finding {
  const why = printable(messageOf(error));
  const ready = readinessOf(`${service}: it says what it lacks`);
  if (error instanceof QueryFailedError) return trouble(check, `${service} says: ${why}`, ready);
  if (error instanceof UnroutableError) {
    return trouble(check, `no ${service} has ever started here`, startOf(service));
  }
  return trouble(check, why, startOf(service));
}

/** What could not be asked, because the record does not answer. */
export function notAsked(check: string): Finding {
  return unknown(check, 'the record does not answer, see above');
}
