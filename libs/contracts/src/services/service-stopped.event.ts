import { Field } from '../fields/field.js';
import { IsInstanceId } from '../fields/names.js';
import { IsReason } from '../fields/reason.js';
import { event } from '../registry/definition.js';

/** A process ended in good order. */
export class ServiceStopped {
  @Field('The instance that ended.')
  @IsInstanceId()
  readonly instanceId!: string;

  @Field('Why.')
  @IsReason()
  readonly reason!: string;
}

export const serviceStopped = event({
  type: 'service.stopped',
  contract: ServiceStopped,
  from: 'all services',
  record: true,
  watched: false,
  idOf: (body) => body.instanceId,
  summary: 'A process ended in good order.',
  examples: [{ instanceId: '4b7f7d6e-0d0c-4a53-8a35-55f1c0a1f9e2.1', reason: 'SIGTERM' }],
});
