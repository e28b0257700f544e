import { IsList } from '../fields/collections.js';
import { Field, Nested } from '../fields/field.js';
import { IsServiceName } from '../fields/names.js';
import { MAX_PAGE_ITEMS, Page, PageRequest } from '../fields/page.js';
import { IsOneOf, IsTime, IsWhole } from '../fields/scalars.js';
import { IsLeaseKey } from '../leases/lease-key.js';
import { query, reply } from '../registry/definition.js';
import type { ServiceName } from '../topology/names.js';
import { ServiceStarted } from './service-started.event.js';

/** `stale`: no sign of it for 15 seconds. `lost`: it is gone without a word. */
export const SERVICE_STATES = ['alive', 'stale', 'lost'] as const;
export type ServiceState = (typeof SERVICE_STATES)[number];

/** Asks which processes there are. */
export class ListServices extends PageRequest {
  @Field('Only those of this service.', { optional: true })
  @IsServiceName()
  readonly service?: ServiceName;
}

/** A lease that an instance holds. */
export class HeldLease {
  @Field('The key of the lease.')
  @IsLeaseKey()
  readonly key!: string;

  @Field('When it was granted.', { unit: 'ms since 1970' })
  @IsTime()
  readonly since!: number;
}

/** A process, as recorded. */
export class ServiceItem extends ServiceStarted {
  @Field('What it holds; the oldest 1,000.')
  @Nested(() => HeldLease, 'list')
  @IsList(1_000)
  readonly holds!: readonly HeldLease[];

  @Field('How it is; worked out when asked.')
  @IsOneOf(SERVICE_STATES)
  readonly state!: ServiceState;
}

/** A page of processes. */
export class ListServicesAnswered extends Page {
  @Field('The processes, by service and instance.')
  @Nested(() => ServiceItem, 'list')
  @IsList(MAX_PAGE_ITEMS)
  readonly items!: readonly ServiceItem[];

  @Field(
    'How far the record was behind when asked: the age of its newest `status.tick`, less the second until the next. Absent before the first.',
    { unit: 'ms', optional: true },
  )
  @IsWhole()
  readonly lagMs?: number;
}

export const listServices = query({
  type: 'service.list',
  contract: ListServices,
  queue: 'status.queries',
  summary: 'Which processes there are, and what they hold.',
  examples: [{ service: 'task-runner', limit: 50 }],
});

export const listServicesAnswered = reply({
  type: 'service.list.answered',
  contract: ListServicesAnswered,
  from: 'status',
  summary: 'A page of processes.',
  examples: [
    {
      items: [
        {
          instanceId: '0d6f6a0e-93d8-4d63-9d0a-6f7f3b0b5c77.1',
          processId: '0d6f6a0e-93d8-4d63-9d0a-6f7f3b0b5c77',
          service: 'streamer',
          version: '0.1.0',
          plugins: [],
          holds: [{ key: 'stream/edge-access', since: 1_763_990_000_000 }],
          state: 'alive',
        },
      ],
      lagMs: 0,
    },
  ],
});
