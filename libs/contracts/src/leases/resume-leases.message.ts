import { IsList } from '../fields/collections.js';
import { Field, Nested } from '../fields/field.js';
import { IsInstanceId, IsInstanceIds, IsUuid } from '../fields/names.js';
import { lease } from '../registry/definition.js';
import { LeaseRef } from './lease-state.js';

/** How many leases one message about leases carries; more go in further messages. */
export const MAX_LEASES_PER_MESSAGE = 1_000;

/** A process whose lease channel died wants to keep what it holds, as a new instance. */
export class ResumeLeases {
  @Field('New for each question, the same when it is asked again.')
  @IsUuid()
  readonly requestId!: string;

  @Field('Every instance that the process has been since its leases were last confirmed to it.')
  @IsInstanceIds()
  readonly from!: readonly string[];

  @Field('The instance that it is now.')
  @IsInstanceId()
  readonly instanceId!: string;

  @Field('What it holds.')
  @Nested(() => LeaseRef, 'list')
  @IsList(MAX_LEASES_PER_MESSAGE)
  readonly leases!: readonly LeaseRef[];
}

export const resumeLeases = lease({
  type: 'lease.resume',
  contract: ResumeLeases,
  from: 'task-runner, streamer',
  summary: 'Keep what is held across a lost lease channel. Asked again until answered.',
  examples: [
    {
      requestId: 'b7c4d6d0-8e0f-4f5d-8a44-1c1f7e2d9a10',
      from: ['4b7f7d6e-0d0c-4a53-8a35-55f1c0a1f9e2.1'],
      instanceId: '4b7f7d6e-0d0c-4a53-8a35-55f1c0a1f9e2.2',
      leases: [{ key: 'stream/edge-access', epoch: 3 }],
    },
  ],
});
