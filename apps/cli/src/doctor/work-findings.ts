import {
  ListExecutions,
  ListExecutionsAnswered,
  ListStreams,
  ListStreamsAnswered,
  type ExecutionSummary,
  type StreamSummary,
} from '#contracts';
import { pagesOf } from '../broker/pages.js';
import type { Session } from '../broker/session.js';
import { counted } from '../output/counts.js';
import { ago } from '../output/time.js';
import { ok, trouble, unknown, type Finding } from './finding.js';
import { walkPages, type Walked } from './walk-pages.js';

/** Work that waits longer has nobody to do it, or too few. */
const DUE_MS = 60_000;

/** So many streams are named: when no streamer runs, all of them wait. */
const NAMED = 5;

/** Executions and streams that wait although they might run. */
export async function workFindings(
  session: Pick<Session, 'ask'>,
  timeoutMs: number,
): Promise<Finding[]> {
  return await Promise.all([
    waitingExecutions(session, timeoutMs),
    waitingStreams(session, timeoutMs),
  ]);
}

async function waitingExecutions(
  session: Pick<Session, 'ask'>,
  timeoutMs: number,
): Promise<Finding> {
  const check = 'due executions';
  const asked = { state: 'queued', until: Date.now() - DUE_MS } as const;
  const pages = pagesOf(session, ListExecutions, asked, ListExecutionsAnswered, { timeoutMs });
  let oldest: ExecutionSummary | undefined;
  const { seen, complete } = await walkPages(pages, timeoutMs, ({ items }) => {
    // The newest come first.
    oldest = items.at(-1) ?? oldest;
  });
  if (oldest === undefined) return ok(check, 'none waits longer than a minute');
  const more = complete ? '' : ' or more';
  const says = `${counted(seen, 'execution')}${more} not begun, one since ${ago(oldest.recordedAt)}: no task-runner has room`;
  return trouble(check, says, `signalbox services; signalbox show ${oldest.executionId}`);
}

async function waitingStreams(session: Pick<Session, 'ask'>, timeoutMs: number): Promise<Finding> {
  const check = 'due streams';
  const pages = pagesOf(session, ListStreams, {}, ListStreamsAnswered, { timeoutMs });
  const [waiting, failed] = [new Names(), new Names()];
  let wanted = 0;
  const walked = await walkPages(pages, timeoutMs, ({ items }) => {
    for (const stream of items) {
      if (!stream.wanted) continue;
      wanted += 1;
      if (stream.state === 'failed') failed.add(stream);
      else if (stream.owner === undefined) waiting.add(stream);
    }
  });
  if (waiting.count > 0) {
    const next = 'signalbox services --service streamer   (is one alive?); signalbox stream list';
    return trouble(check, `nobody follows ${waiting.text(walked)}`, next);
  }
  if (failed.count > 0) {
    return trouble(check, `failed: ${failed.text(walked)}`, 'signalbox stream list --state failed');
  }
  if (walked.complete) return ok(check, `${counted(wanted, 'stream')} followed`);
  const says = `none of the first ${walked.seen} waits; there are more`;
  return unknown(check, says, 'signalbox stream list');
}

/** The names of streams: the first few, and how many there are. */
class Names {
  count = 0;
  private readonly first: string[] = [];

  add({ streamId }: Pick<StreamSummary, 'streamId'>): void {
    this.count += 1;
    if (this.first.length < NAMED) this.first.push(streamId);
  }

  text({ complete }: Walked): string {
    const rest = this.count - this.first.length;
    const names = this.first.join(', ');
    return rest === 0 && complete
      ? names
      : `${names} and ${counted(rest, 'other')}${complete ? '' : ' or more'}`;
  }
}
