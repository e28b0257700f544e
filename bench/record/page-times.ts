import assert from 'node:assert/strict';
import { ListExecutions, ListExecutionsAnswered } from '#contracts';
import type { BenchRun } from '../../tools/bench/definition.ts';
import { RecordGround } from './ground.ts';
import { BETWEEN_MS, COMMON, NEWEST_MS, RARE, TARGETS, fillRecord } from './large-record.ts';
import { percentile } from './percentile.ts';

const LIMIT = 100;
/** Questions that are asked before any is timed. */
const WARM_UP = 5;

type Question = Partial<ListExecutions>;
type Ask = (question: Question) => Promise<ListExecutionsAnswered>;

/**
 * How long a page of 100 executions takes with a million targets recorded, over the queue and over HTTP: of everything and with filters that
 * find much or little, the first page and one from the middle. Prints the median and the 99th percentile of each question; the figures
 * are those of the slowest.
 */
export async function pageTimes({ brief, signal }: BenchRun) {
  const executions = brief ? 1_000 : 100_000;
  const times = brief ? 3 : 100;
  return RecordGround.with(async (ground) => {
    await fillRecord(ground.databaseUrl, executions);
    const rows: Record<string, { p50Ms: number; p99Ms: number; items: number }> = {};
    const ways = await waysToAsk(ground);
    const questions = await questionsAbout(executions, ways.queue);
    for (const [way, ask] of Object.entries(ways)) {
      for (const [name, question] of Object.entries(questions)) {
        const { waits, items } = await timesOf(ask, question, times, signal);
        const [p50Ms, p99Ms] = [percentile(waits, 0.5), percentile(waits, 0.99)];
        rows[`${way}: ${name}`] = { p50Ms, p99Ms, items };
      }
    }
    console.log(`  a page of ${LIMIT} executions, ${executions * TARGETS} targets recorded`);
    console.table(rows);
    const all = Object.values(rows);
    return {
      pageMs: Math.max(...all.map(({ p50Ms }) => p50Ms)),
      pageP99Ms: Math.max(...all.map(({ p99Ms }) => p99Ms)),
    };
  });
}

async function waysToAsk(ground: RecordGround): Promise<Record<'queue' | 'http', Ask>> {
  const address = await ground.service.address();
  return {
    queue: async (question) => {
      const answer = await ground.ask(ListExecutions, { ...question, limit: LIMIT });
      assert(answer instanceof ListExecutionsAnswered, JSON.stringify(answer));
      return answer;
    },
    http: async (question) => {
      const url = new URL('/v1/executions', address);
      const parameters = Object.entries({ ...question, limit: LIMIT });
      for (const [name, value] of parameters) url.searchParams.set(name, String(value));
      const response = await fetch(url);
      assert.equal(response.status, 200);
      return (await response.json()) as ListExecutionsAnswered;
    },
  };
}

async function questionsAbout(executions: number, ask: Ask): Promise<Record<string, Question>> {
  const middle = NEWEST_MS - Math.floor(executions / 2) * BETWEEN_MS;
  const { nextCursor: cursor } = await ask({ until: middle });
  const firsts: Record<string, Question> = {
    'no filter': {},
    'state, most': { state: 'succeeded' },
    'state, few': { state: 'running' },
    'state, none': { state: 'paused' },
    'plugin, most': { plugin: COMMON.plugin },
    'plugin, few': { plugin: RARE.plugin },
    'requestedBy, most': { requestedBy: COMMON.requestedBy },
    'requestedBy, some': { requestedBy: 'user-8' },
    'requestedBy, few': { requestedBy: RARE.requestedBy },
    'state and plugin, few': { state: 'running', plugin: COMMON.plugin },
    'state and plugin, none': { state: 'running', plugin: 'http' },
    'plugin and requestedBy, none': { plugin: RARE.plugin, requestedBy: RARE.requestedBy },
    'all filters': { state: 'succeeded', ...COMMON, since: middle, until: NEWEST_MS },
    'since, newest day': { since: NEWEST_MS - 1_440 * BETWEEN_MS },
  };
  const deep = Object.entries(firsts).map(([name, question]) => [
    `${name}, from the middle`,
    // What began after the cursor is no part of its pages.
    { ...question, ...(question.since !== undefined && { since: 0 }), cursor },
  ]);
  return { ...firsts, ...(Object.fromEntries(deep) as Record<string, Question>) };
}

async function timesOf(ask: Ask, question: Question, times: number, signal: AbortSignal) {
  const waits: number[] = [];
  let items = 0;
  for (let at = 0; at < times + WARM_UP; at++) {
    signal.throwIfAborted();
    const askedAt = performance.now();
    ({
      items: { length: items },
    } = await ask(question));
    if (at >= WARM_UP) waits.push(performance.now() - askedAt);
  }
  return { waits, items };
}
