import { Field } from '../fields/field.js';
import { IsInstanceId } from '../fields/names.js';
import { lease } from '../registry/definition.js';
import { IsSomeTargets } from '../tasks/target.js';
import { MAX_CHUNK_TARGETS } from './grant.js';
import { LeaseRef } from './lease-state.js';

/** An owner gives work back in good order. */
export class LeaseReleased extends LeaseRef {
  @Field('Who gives it back.')
  @IsInstanceId()
  readonly instanceId!: string;

  @Field('The targets that it interrupted itself: they may start again.', { default: [] })
  @IsSomeTargets(MAX_CHUNK_TARGETS)
  readonly interrupted!: readonly string[];
}

export const leaseReleased = lease({
  type: 'lease.released',
  contract: LeaseReleased,
  from: 'task-runner, streamer',
  summary: 'An owner gives work back: it drains, or newer settings wait.',
  examples: [
    {
      key: 'chunk/0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11/1',
      epoch: 1,
      instanceId: '4b7f7d6e-0d0c-4a53-8a35-55f1c0a1f9e2.1',
      interrupted: ['deploy@edge-02.example.net:2222'],
    },
  ],
});
