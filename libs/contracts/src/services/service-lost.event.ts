import { Field } from '../fields/field.js';
import { IsInstanceId } from '../fields/names.js';
import { IsReason } from '../fields/reason.js';
import { event } from '../registry/definition.js';

/** An instance is gone without a word. */
export class ServiceLost {
  @Field('The instance that is gone.')
  @IsInstanceId()
  readonly instanceId!: string;

  @Field('How it was noticed.')
  @IsReason()
  readonly reason!: string;
}

export const serviceLost = event({
  type: 'service.lost',
  contract: ServiceLost,
  from: 'the active status',
  record: true,
  watched: false,
  idOf: (body) => body.instanceId,
  summary: 'An instance is gone without a word.',
  examples: [
    {
      instanceId: '4b7f7d6e-0d0c-4a53-8a35-55f1c0a1f9e2.1',
      reason: 'its control queue is gone',
    },
  ],
});
