import { Field } from '../fields/field.js';
import { IsUuid } from '../fields/names.js';
import { reply } from '../registry/definition.js';
import { IsLeaseKey } from './lease-key.js';

/** Somebody else owns the work. */
export class LeaseHeld {
  @Field('The question that this answers.')
  @IsUuid()
  readonly requestId!: string;

  @Field('The key of the lease.')
  @IsLeaseKey()
  readonly key!: string;
}

export const leaseHeld = reply({
  type: 'lease.held',
  contract: LeaseHeld,
  from: 'status',
  summary: 'Somebody else owns the work: drop the offer.',
  examples: [
    {
      requestId: '9a8c2b1e-5f64-4f0e-9d53-2c8e6a0b7d41',
      key: 'chunk/0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11/1',
    },
  ],
});
