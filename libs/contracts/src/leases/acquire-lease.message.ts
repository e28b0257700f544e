import { Field } from '../fields/field.js';
import { IsInstanceId, IsUuid } from '../fields/names.js';
import { lease } from '../registry/definition.js';
import { IsLeaseKey } from './lease-key.js';

/** An instance asks to own a piece of work. */
export class AcquireLease {
  @Field('The key of the lease.')
  @IsLeaseKey()
  readonly key!: string;

  @Field('Who asks.')
  @IsInstanceId()
  readonly instanceId!: string;

  @Field('New for each question, the same when it is asked again.')
  @IsUuid()
  readonly requestId!: string;
}

export const acquireLease = lease({
  type: 'lease.acquire',
  contract: AcquireLease,
  from: 'task-runner, streamer',
  summary:
    'Ask to own a piece of work. Answered by granted, held or closed; asked again until then.',
  examples: [
    {
      key: 'chunk/0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11/1',
      instanceId: '4b7f7d6e-0d0c-4a53-8a35-55f1c0a1f9e2.1',
      requestId: '9a8c2b1e-5f64-4f0e-9d53-2c8e6a0b7d41',
    },
  ],
});
