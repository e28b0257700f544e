import { Field, Nested } from '../fields/field.js';
import { IsUuid } from '../fields/names.js';
import { rule } from '../fields/rule.js';
import { IsText, patternSchema } from '../fields/scalars.js';
import { reply } from '../registry/definition.js';
import { ChunkGrant, StreamGrant } from './grant.js';
import { LEASE_KEYS, parseLeaseKey } from './lease-key.js';
import { LeaseState } from './lease-state.js';

/** A lease key, with the grant of its kind beside it and no other. */
function IsKeyOfGrant(): PropertyDecorator {
  return rule({
    name: 'isKeyOfGrant',
    validate: (value, { chunk, stream }: Partial<LeaseGranted>) => {
      const kind = typeof value === 'string' ? parseLeaseKey(value)?.kind : undefined;
      return kind === 'chunk' ? !!chunk && !stream : kind === 'stream' && !!stream && !chunk;
    },
    expects: 'must be a lease key with the grant of its kind beside it: chunk or stream',
    schema: patternSchema(LEASE_KEYS.any),
    besideSchema: {
      oneOf: [
        { properties: { key: patternSchema(LEASE_KEYS.chunk) }, required: ['chunk'] },
        { properties: { key: patternSchema(LEASE_KEYS.stream) }, required: ['stream'] },
      ],
      not: { required: ['chunk', 'stream'] },
    },
  });
}

/** The work is yours. Either `chunk` or `stream` stands, as the key says. */
export class LeaseGranted extends LeaseState {
  @Field('The key of the lease; it says whether `chunk` or `stream` stands.')
  @IsKeyOfGrant()
  declare readonly key: string;

  @Field('The question that this answers.')
  @IsUuid()
  readonly requestId!: string;

  @Field('Who asked for the work: the user that the broker validated, else `unverified`.')
  @IsText(255)
  readonly requestedBy!: string;

  @Field('What to do, for a chunk.', { optional: true })
  @Nested(() => ChunkGrant)
  readonly chunk?: ChunkGrant;

  @Field('What to do, for a stream.', { optional: true })
  @Nested(() => StreamGrant)
  readonly stream?: StreamGrant;
}

export const leaseGranted = reply({
  type: 'lease.granted',
  contract: LeaseGranted,
  from: 'status',
  summary: 'The work is yours in this epoch; here is what to do and what is known.',
  examples: [
    {
      requestId: '9a8c2b1e-5f64-4f0e-9d53-2c8e6a0b7d41',
      key: 'chunk/0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11/1',
      epoch: 2,
      cancelled: null,
      revoked: false,
      paused: false,
      requestedBy: 'release-desk',
      chunk: {
        executionId: '0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11',
        plugin: 'ssh',
        args: { command: 'systemctl restart edge-proxy', sudo: true },
        timeoutMs: 30_000,
        retries: { limit: 2, backoffMs: 2_000 },
        onLost: 'fail',
        output: { capBytes: 262_144, tailBytes: 4_096, index: 'edge-restarts-%Y.%m.%d' },
        concurrency: 10,
        remainingMs: 871_204,
        failuresLeft: 9,
        known: [
          { target: 'deploy@edge-01.example.net', started: true, attempt: 1, outcome: 'succeeded' },
          { target: 'deploy@edge-02.example.net:2222', started: true, attempt: 2 },
          { target: 'deploy@edge-03.example.net', started: false, attempt: 0 },
        ],
      },
    },
    {
      requestId: '9a8c2b1e-5f64-4f0e-9d53-2c8e6a0b7d42',
      key: 'stream/edge-access',
      epoch: 3,
      cancelled: null,
      revoked: false,
      paused: false,
      requestedBy: 'release-desk',
      stream: {
        settings: {
          url: 'https://edge-01.example.net/logs/access?follow=1',
          format: 'sse',
          request: { headers: {}, secretHeaders: { authorization: 'secret:edge-token' } },
          resume: { by: 'event-id', parameter: 'since', overlapMs: 5_000, onGap: 'fail' },
          idleTimeoutMs: 60_000,
          maxLineBytes: 1_048_576,
          index: 'edge-access',
          onEnd: 'reconnect',
        },
        position: { by: 'event-id', eventId: '1764000000000-17' },
        bounds: { from: 1_448_381_000_000, to: 1_764_086_400_000 },
      },
    },
  ],
});
