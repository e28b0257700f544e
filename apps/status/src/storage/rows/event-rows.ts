import type { LoggedEvent } from '../../record/changes.js';
import { insertRows, timestamp } from './row-statement.js';

/** A redelivery changes nothing. */
export const INSERT_EVENTS = insertRows(
  'events',
  {
    aggregate: 'text',
    epoch: 'integer',
    seq: 'bigint',
    type: 'text',
    at: 'timestamptz',
    superseded: 'boolean',
    body: 'jsonb',
  },
  'on conflict (aggregate, epoch, seq) do nothing',
);

export function eventRow(one: LoggedEvent, nowMs: number) {
  return { ...one, at: timestamp(nowMs) };
}
