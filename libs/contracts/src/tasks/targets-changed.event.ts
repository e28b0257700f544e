import { IsList } from '../fields/collections.js';
import { Field, Nested } from '../fields/field.js';
import { IsWhole } from '../fields/scalars.js';
import { IsLeaseKey, subjectOf } from '../leases/lease-key.js';
import { event } from '../registry/definition.js';
import { TargetChange } from './target-change.js';

/** New states of one or many targets of a chunk. */
export class TargetsChanged {
  @Field('The lease of the chunk.')
  @IsLeaseKey('chunk')
  readonly key!: string;

  @Field("The lease's epoch.")
  @IsWhole(1)
  readonly epoch!: number;

  @Field('Counts the events of this key and epoch, from 1.')
  @IsWhole(1)
  readonly seq!: number;

  @Field('The whole state of each target that changed, in order.')
  @Nested(() => TargetChange, 'list')
  @IsList(5_000, 1)
  readonly changes!: readonly TargetChange[];
}

export const targetsChanged = event({
  type: 'targets.changed',
  contract: TargetsChanged,
  from: 'task-runner, status',
  record: true,
  watched: true,
  idOf: (body) => subjectOf(body.key),
  summary: 'Targets started, wait for another attempt, or ended.',
  examples: [
    {
      key: 'chunk/0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11/1',
      epoch: 1,
      seq: 4,
      changes: [
        {
          target: 'deploy@edge-01.example.net',
          state: 'succeeded',
          attempt: 1,
          startedAt: 1_764_000_000_120,
          endedAt: 1_764_000_001_934,
          exitCode: 0,
          termination: 'proven',
          output: { tail: 'edge-proxy restarted\n', bytes: 21, truncated: false },
        },
        {
          target: 'deploy@edge-02.example.net:2222',
          state: 'started',
          attempt: 2,
          startedAt: 1_764_000_001_940,
        },
        {
          target: 'deploy@edge-03.example.net',
          state: 'failed',
          attempt: 3,
          startedAt: 1_764_000_001_020,
          endedAt: 1_764_000_001_990,
          code: 'exit-code',
          message: 'the command ended with exit code 5',
          exitCode: 5,
          termination: 'proven',
          output: { tail: 'Unit edge-proxy.service not found.\n', bytes: 35, truncated: false },
        },
      ],
    },
  ],
});
