/** What is the same for every client: the messages, and the queue they go through. */
import { TargetsChanged, checkMessage, definitionOf } from '#contracts';
import type { Reading } from '../clients/reading.ts';

/** Messages that may be unconfirmed at once: what our publisher allows. */
export const WINDOW = 1_000;

/** A quorum queue, bounded, with dead letters at least once. */
export const READING: Reading = { queue: 'status.record', prefetch: 100 };
export const { exchange: EXCHANGE } = definitionOf(TargetsChanged);

/** The `seq`-th message: the new state of one target, as a task-runner says it. */
export function messageOf(seq: number): TargetsChanged {
  return { ...EXAMPLE, seq };
}

const [{ changes, ...CHUNK }] = definitionOf(TargetsChanged).examples as [TargetsChanged];
const EXAMPLE = { ...CHUNK, changes: changes.slice(0, 1) };

export const ROUTING_KEY = definitionOf(TargetsChanged).routingKey(messageOf(1));

/** Bytes of the JSON body of the first message. */
export const BODY_BYTES = Buffer.byteLength(JSON.stringify(messageOf(1)));

/** Fails early should the example no longer fit its contract. */
checkMessage(TargetsChanged, messageOf(1));
