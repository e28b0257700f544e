import { Field, Nested } from '../fields/field.js';
import { IsCode, IsInstanceId, IsSlug } from '../fields/names.js';
import { IsReason } from '../fields/reason.js';
import { IsFlag, IsOneOf } from '../fields/scalars.js';
import { StreamPosition } from './position.js';
import { STREAM_STATES, StreamCounters, type StreamState } from './report.js';
import { StreamSettings } from './settings.js';

/** A stream, as recorded. */
export class StreamSummary {
  @Field('The stream.')
  @IsSlug()
  readonly streamId!: string;

  @Field('The settings of its newest start.')
  @Nested(() => StreamSettings)
  readonly settings!: StreamSettings;

  @Field('Whether it is to be followed: it was started after it was last stopped.')
  @IsFlag()
  readonly wanted!: boolean;

  @Field('What it is doing.')
  @IsOneOf(STREAM_STATES)
  readonly state!: StreamState;

  @Field('The instance that follows it; absent when none does.', { optional: true })
  @IsInstanceId()
  readonly owner?: string;

  @Field('Where it is safe to go on; absent when nothing was read yet.', { optional: true })
  @Nested(() => StreamPosition)
  readonly position?: StreamPosition;

  @Field('What it has done over all epochs.')
  @Nested(() => StreamCounters)
  readonly counters!: StreamCounters;

  @Field('What is wrong: an error code.', { optional: true })
  @IsCode()
  readonly code?: string;

  @Field('The same for people.', { optional: true })
  @IsReason()
  readonly reason?: string;
}

/** What the examples about streams share. */
export const streamExample = {
  streamId: 'edge-access',
  settings: {
    url: 'https://edge-01.example.net/logs/access?follow=1',
    format: 'ndjson',
    request: { headers: {}, secretHeaders: { authorization: 'secret:edge-token' } },
    resume: { by: 'time', parameter: 'since', overlapMs: 5_000, onGap: 'earliest' },
    idleTimeoutMs: 60_000,
    maxLineBytes: 1_048_576,
    index: 'edge-access-%Y.%m.%d',
    timestampField: 'time',
    onEnd: 'reconnect',
  },
  wanted: true,
  state: 'streaming',
  owner: '0d6f6a0e-93d8-4d63-9d0a-6f7f3b0b5c77.1',
  position: { by: 'time', time: 1_764_000_000_000 },
  counters: { documents: 1_204_511, bytes: 482_113_004, reconnects: 2, rejected: 0 },
} satisfies StreamSummary;
