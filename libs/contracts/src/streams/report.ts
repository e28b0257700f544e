import { Field, Nested } from '../fields/field.js';
import { IsCode } from '../fields/names.js';
import { IsReason } from '../fields/reason.js';
import { IsOneOf, IsWhole } from '../fields/scalars.js';
import { IsLeaseKey } from '../leases/lease-key.js';
import { StreamPosition } from './position.js';

/** What a stream is doing, then how it ended. */
export const STREAM_STATES = [
  'idle',
  'acquiring',
  'connecting',
  'streaming',
  'throttled',
  'backoff',
  'draining',
  'stopped',
  'failed',
  'lost',
] as const;
export type StreamState = (typeof STREAM_STATES)[number];

/** What a stream has done in an epoch; only grows. */
export class StreamCounters {
  @Field('Documents published and confirmed.', { unit: 'documents' })
  @IsWhole()
  readonly documents!: number;

  @Field('Bytes read from the source.', { unit: 'bytes' })
  @IsWhole()
  readonly bytes!: number;

  @Field('Connections after the first.', { unit: 'connections' })
  @IsWhole()
  readonly reconnects!: number;

  @Field('Lines that went to the dead letters.', { unit: 'lines' })
  @IsWhole()
  readonly rejected!: number;
}

/** The whole small state of a stream: what every event of a streamer carries. */
export class StreamReport {
  @Field('The lease of the stream.')
  @IsLeaseKey('stream')
  readonly key!: string;

  @Field("The lease's epoch.")
  @IsWhole(1)
  readonly epoch!: number;

  @Field('Counts the events of this key and epoch, from 1.')
  @IsWhole(1)
  readonly seq!: number;

  @Field('What the stream is doing.')
  @IsOneOf(STREAM_STATES)
  readonly state!: StreamState;

  @Field('Where it is safe to go on; absent before the first document was confirmed.', {
    optional: true,
  })
  @Nested(() => StreamPosition)
  readonly position?: StreamPosition;

  @Field('What it has done in this epoch.')
  @Nested(() => StreamCounters)
  readonly counters!: StreamCounters;

  @Field('What is wrong: an error code.', { optional: true })
  @IsCode()
  readonly code?: string;

  @Field('The same for people.', { optional: true })
  @IsReason()
  readonly reason?: string;
}

/** What the examples of the stream events share. */
export const reportExample = {
  key: 'stream/edge-access',
  epoch: 3,
  seq: 118,
  state: 'streaming',
  position: { by: 'time', time: 1_764_000_000_000 },
  counters: { documents: 1_204_511, bytes: 482_113_004, reconnects: 2, rejected: 0 },
} satisfies StreamReport;
