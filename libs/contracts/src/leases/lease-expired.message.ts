import { Field } from '../fields/field.js';
import { IsInstanceId } from '../fields/names.js';
import { lease } from '../registry/definition.js';
import { LeaseRef } from './lease-state.js';

/** The owner of a lease is gone. */
export class LeaseExpired extends LeaseRef {
  @Field('The instance that is gone.')
  @IsInstanceId()
  readonly instanceId!: string;
}

export const leaseExpired = lease({
  type: 'lease.expired',
  contract: LeaseExpired,
  from: 'the active status',
  summary: 'The owner of a lease is gone: its control queue does not exist any more.',
  examples: [
    { key: 'stream/edge-access', epoch: 3, instanceId: '4b7f7d6e-0d0c-4a53-8a35-55f1c0a1f9e2.1' },
  ],
});
