import { Field } from '../fields/field.js';
import { IsInstanceId } from '../fields/names.js';
import { lease } from '../registry/definition.js';
import { LeaseRef } from './lease-state.js';

/** An instance was told of a lease that it does not hold. */
export class LeaseUnknown extends LeaseRef {
  @Field('Who does not know it.')
  @IsInstanceId()
  readonly instanceId!: string;
}

export const leaseUnknown = lease({
  type: 'lease.unknown',
  contract: LeaseUnknown,
  from: 'task-runner, streamer',
  summary: 'An instance was told of a lease that it does not hold.',
  examples: [
    { key: 'stream/edge-access', epoch: 3, instanceId: '4b7f7d6e-0d0c-4a53-8a35-55f1c0a1f9e2.2' },
  ],
});
