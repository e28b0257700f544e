import { IsList } from '../fields/collections.js';
import { Field, Nested } from '../fields/field.js';
import { IsUuid } from '../fields/names.js';
import { reply } from '../registry/definition.js';
import { ResumedLease } from './lease-state.js';
import { MAX_LEASES_PER_MESSAGE } from './resume-leases.message.js';

/** What became of the leases that a process wanted to keep. */
export class LeasesResumed {
  @Field('The question that this answers.')
  @IsUuid()
  readonly requestId!: string;

  @Field('The answer for each; further ones may come in further answers.')
  @Nested(() => ResumedLease, 'list')
  @IsList(MAX_LEASES_PER_MESSAGE)
  readonly leases!: readonly ResumedLease[];
}

export const leasesResumed = reply({
  type: 'lease.resumed',
  contract: LeasesResumed,
  from: 'status',
  summary: 'Which leases are kept, with their marks, and which are gone.',
  examples: [
    {
      requestId: 'b7c4d6d0-8e0f-4f5d-8a44-1c1f7e2d9a10',
      leases: [
        {
          key: 'stream/edge-access',
          epoch: 3,
          state: 'resumed',
          cancelled: null,
          revoked: true,
          paused: false,
        },
      ],
    },
  ],
});
