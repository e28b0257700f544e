import { IsJsonObject, IsList } from '../fields/collections.js';
import { Field, Nested, type JsonValue } from '../fields/field.js';
import { IsInstanceId, IsServiceName, IsSlug, IsUuid } from '../fields/names.js';
import { IsFlag, IsText, IsWhole } from '../fields/scalars.js';
import { event } from '../registry/definition.js';
import type { ServiceName } from '../topology/names.js';

/** A plugin that a task-runner offers. */
export class PluginDeclaration {
  @Field('What `task.run` names it by.')
  @IsSlug()
  readonly name!: string;

  @Field('What it does, for people.')
  @IsText(2_000)
  readonly description!: string;

  @Field('JSON Schema of its arguments.')
  @IsJsonObject()
  readonly schema!: Readonly<Record<string, JsonValue>>;

  @Field('Whether running it twice on a target does no harm.')
  @IsFlag()
  readonly idempotent!: boolean;

  @Field('Limit of an attempt when the policy names none.', { unit: 'ms' })
  @IsWhole(1)
  readonly timeoutMs!: number;
}

/** A process of a service has a lease channel and can be reached. */
export class ServiceStarted {
  @Field('`<processId>.<n>`: the n-th lease channel of the process.')
  @IsInstanceId()
  readonly instanceId!: string;

  @Field('Made when the process started.')
  @IsUuid()
  readonly processId!: string;

  @Field('Which service it is.')
  @IsServiceName()
  readonly service!: ServiceName;

  @Field('Its version.')
  @IsText(64, 1)
  readonly version!: string;

  @Field('The plugins that it offers.', { default: [] })
  @Nested(() => PluginDeclaration, 'list')
  @IsList(200)
  readonly plugins!: readonly PluginDeclaration[];
}

export const serviceStarted = event({
  type: 'service.started',
  contract: ServiceStarted,
  from: 'all services',
  record: true,
  watched: false,
  idOf: (body) => body.instanceId,
  summary: 'A process can be reached; after a lost channel, again as the next instance.',
  examples: [
    {
      instanceId: '4b7f7d6e-0d0c-4a53-8a35-55f1c0a1f9e2.1',
      processId: '4b7f7d6e-0d0c-4a53-8a35-55f1c0a1f9e2',
      service: 'task-runner',
      version: '0.1.0',
      plugins: [
        {
          name: 'ssh',
          description: 'Runs a command on the target over SSH.',
          schema: {
            type: 'object',
            properties: { command: { type: 'string' } },
            required: ['command'],
          },
          idempotent: false,
          timeoutMs: 60_000,
        },
      ],
    },
  ],
});
