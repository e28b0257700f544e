import { IsList } from '../fields/collections.js';
import { Field, Nested } from '../fields/field.js';
import { control } from '../registry/definition.js';
import { LeaseState } from './lease-state.js';
import { MAX_LEASES_PER_MESSAGE } from './resume-leases.message.js';

/** Asks an instance's control queue whether it exists, and tells what changed about its leases. */
export class LeasePing {
  @Field('What changed; may be empty.')
  @Nested(() => LeaseState, 'list')
  @IsList(MAX_LEASES_PER_MESSAGE)
  readonly leases!: readonly LeaseState[];
}

export const leasePing = control({
  type: 'lease.ping',
  contract: LeasePing,
  from: 'the active status',
  summary: 'Tells an instance what changed about its leases; returned, the instance is gone.',
  examples: [
    { leases: [] },
    {
      leases: [
        {
          key: 'chunk/0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11/1',
          epoch: 1,
          cancelled: { outcome: 'cancelled', code: 'cancelled', finishRunning: false },
          revoked: false,
          paused: false,
        },
      ],
    },
  ],
});
