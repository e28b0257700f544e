import type { BenchRun } from '../../tools/bench/definition.ts';
import { sleep } from '#supervisor';
import { whileOpen } from '../clients/reading.ts';
import { RecordGround } from './ground.ts';
import { OwnerVoice, encoded, type Sent } from './owner-voice.ts';
import { percentile } from './percentile.ts';
import { singlePieces, workloadOf } from './workload.ts';

const EVENTS_PER_SECOND = 1_000;
const TICK_MS = 5;
/** Between two questions, on average: they must not keep step with the events. */
const PAUSE_MS = 20;

/**
 * How long a worker waits from `lease.acquire` to `lease.granted`, one lease at a time, in milliseconds, while owners say 1,000 events a
 * second of one target each: a work offer costs this much before its targets start.
 */
export async function leaseWait({ brief, signal }: BenchRun) {
  const waiting = singlePieces(brief ? 20 : 300);
  const { pieces, events } = workloadOf(20, brief ? 100 : 500);
  return RecordGround.with(async (ground) => {
    await ground.accept([...pieces, ...waiting]);
    await Promise.all(pieces.map((piece) => ground.grant(piece)));
    const ids = pieces.map(({ executionId }) => executionId);
    const ready = encoded(events);
    return whileOpen(await OwnerVoice.open(ground.amqpUrl, ids), async (voice) => {
      const over = new AbortController();
      const startedAt = performance.now();
      const saying = sayPaced(voice, ready, AbortSignal.any([signal, over.signal]));
      const waits: number[] = [];
      for (const piece of waiting) {
        await sleep(2 * PAUSE_MS * Math.random(), signal);
        const askedAt = performance.now();
        await ground.grant(piece);
        waits.push(performance.now() - askedAt);
      }
      over.abort();
      const said = await saying;
      const seconds = (performance.now() - startedAt) / 1_000;
      return {
        leaseP50Ms: percentile(waits, 0.5),
        leaseP99Ms: percentile(waits, 0.99),
        leaseEventsPerSecond: Math.round(said / seconds),
      };
    });
  });
}

/** Says as many as are due, until the signal aborts; resolves with how many that were. */
async function sayPaced(voice: OwnerVoice, events: Sent, signal: AbortSignal): Promise<number> {
  const startedAt = performance.now();
  let said = 0;
  while (!signal.aborted && said < events.length) {
    const due = Math.floor(((performance.now() - startedAt) / 1_000) * EVENTS_PER_SECOND);
    await voice.say(events.slice(said, due), signal);
    said = Math.max(said, Math.min(due, events.length));
    await sleep(TICK_MS, signal).catch(() => undefined);
  }
  return said;
}
