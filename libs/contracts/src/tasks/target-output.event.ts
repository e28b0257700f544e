import { Field } from '../fields/field.js';
import { IsOneOf, IsText, IsWhole } from '../fields/scalars.js';
import { IsLeaseKey, subjectOf } from '../leases/lease-key.js';
import { event } from '../registry/definition.js';
import { IsTarget } from './target.js';

/** Where a piece of output came out. */
export const OUTPUT_CHANNELS = ['stdout', 'stderr'] as const;
export type OutputChannel = (typeof OUTPUT_CHANNELS)[number];

/** A piece of live output, for whoever watches; never recorded. */
export class TargetOutput {
  @Field('The lease of the chunk.')
  @IsLeaseKey('chunk')
  readonly key!: string;

  @Field("The lease's epoch.")
  @IsWhole(1)
  readonly epoch!: number;

  @Field('The target, as the command names it.')
  @IsTarget()
  readonly target!: string;

  @Field('The attempt, from 1.')
  @IsWhole(1, 1_000_000)
  readonly attempt!: number;

  @Field('Where it came out.')
  @IsOneOf(OUTPUT_CHANNELS)
  readonly channel!: OutputChannel;

  @Field(
    'How much this channel had printed before this piece; a gap means that pieces were dropped.',
    {
      unit: 'bytes',
    },
  )
  @IsWhole()
  readonly offset!: number;

  @Field('The piece as text; bytes that are not UTF-8 are replaced.')
  @IsText(131_072)
  readonly data!: string;
}

export const targetOutput = event({
  type: 'target.output',
  contract: TargetOutput,
  from: 'task-runner',
  record: false,
  watched: true,
  persistent: false,
  idOf: (body) => subjectOf(body.key),
  summary: 'A piece of live output; dropped when nobody listens.',
  examples: [
    {
      key: 'chunk/0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11/1',
      epoch: 1,
      target: 'deploy@edge-01.example.net',
      attempt: 1,
      channel: 'stdout',
      offset: 0,
      data: 'edge-proxy restarted\n',
    },
  ],
});
