import { SignalboxError, type IndexSummary, type ServiceItem, type TargetItem } from '#contracts';
import type { RecordReader } from '../reading/record-reader.js';
import type { PageOf } from '../reading/page.js';
import { eventText, type FeedType } from './feed-entry.js';
import { wantsType, type FeedFilter } from './feed-filter.js';

/** So many of each thing are told: of executions the newest, of the others the first by name. */
const MAX_ITEMS = 1_000;

/** So many targets of the one execution that was asked for. */
const MAX_TARGETS = 10_000;

const PAGE_ITEMS = 100;

/** A page of the present state, and whether it is the last though there is more. */
export interface SnapshotPage {
  readonly events: readonly string[];
  readonly cut?: FeedType;
}

type Questions = Pick<
  RecordReader,
  'services' | 'indices' | 'streams' | 'stream' | 'executions' | 'execution' | 'targets'
>;

type ReadPage<Item> = (cursor: { readonly cursor?: string }) => Promise<PageOf<Item>>;

/**
 * The present state, as events of the feed's types, page by page: no more than a page is held. Targets are told of one
 * execution only, which the filter names. Throws what the reader throws.
 */
export async function* snapshotOf(
  record: Questions,
  filter: FeedFilter,
): AsyncGenerator<SnapshotPage> {
  const { subjects } = filter;
  const limit = PAGE_ITEMS;
  if (wantsType(filter, 'service')) {
    const only = subjects && { service: subjects.get('service') as ServiceItem['service'] };
    const read: ReadPage<ServiceItem> = (at) => record.services({ limit, ...only, ...at });
    yield* pages('service', read, (items) => items.map(serviceOf));
  }
  if (wantsType(filter, 'index')) {
    const named = subjects?.get('index');
    const isWanted = ({ index }: IndexSummary): boolean => named === undefined || index === named;
    const read: ReadPage<IndexSummary> = (at) => record.indices({ limit, ...at });
    yield* pages('index', read, (items) => items.filter(isWanted));
  }
  if (wantsType(filter, 'stream')) {
    const streamId = subjects?.get('stream');
    if (streamId !== undefined) yield* one('stream', record.stream(streamId));
    else yield* pages('stream', (at) => record.streams({ limit, ...at }), same);
  }
  const executionId = subjects?.get('targets') ?? subjects?.get('execution');
  if (wantsType(filter, 'targets') && executionId !== undefined) {
    const read: ReadPage<TargetItem> = async (at) =>
      (await ifRecorded(record.targets({ executionId, limit, ...at }))) ?? { items: [] };
    const told = (all: readonly TargetItem[]): object[] => {
      return all.length === 0 ? [] : [{ executionId, items: all.map(targetOf) }];
    };
    yield* pages('targets', read, told, MAX_TARGETS);
  }
  if (wantsType(filter, 'execution')) {
    if (executionId !== undefined) yield* one('execution', summary(record, executionId));
    else yield* pages('execution', (at) => record.executions({ limit, ...at }), same);
  }
}

async function* pages<Item>(
  type: FeedType,
  read: ReadPage<Item>,
  told: (items: readonly Item[]) => readonly object[],
  max = MAX_ITEMS,
): AsyncGenerator<SnapshotPage> {
  let cursor: { cursor?: string } = {};
  for (let seen = 0; ;) {
    const { items, nextCursor } = await read(cursor);
    seen += items.length;
    const events = told(items).map((item) => textOf(type, item));
    const isCut = nextCursor !== undefined && seen >= max;
    yield { events, ...(isCut && { cut: type }) };
    if (nextCursor === undefined || isCut) return;
    cursor = { cursor: nextCursor };
  }
}

/** Of something that may not be recorded yet: its watcher may well be there first. */
async function* one(type: FeedType, item: Promise<object>): AsyncGenerator<SnapshotPage> {
  const found = await ifRecorded(item);
  if (found !== undefined) yield { events: [textOf(type, found)] };
}

async function summary(record: Questions, executionId: string): Promise<object> {
  const { args: _, policy: __, output: ___, ...item } = await record.execution(executionId);
  return item;
}

/** What a process holds changes with every lease, and the feed does not tell of it. */
function serviceOf(item: ServiceItem): object {
  const { holds: _, ...told } = item;
  return told;
}

/** As the feed tells of it: no output, which may be long, and no owner. */
function targetOf(item: TargetItem): object {
  const { output: _, owner: __, epoch: ___, ...told } = item;
  return told;
}

async function ifRecorded<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof SignalboxError && error.code === 'not-found') return undefined;
    throw error;
  }
}

function textOf(type: FeedType, item: object): string {
  return eventText(type, JSON.stringify(item));
}

function same<T>(items: T): T {
  return items;
}
