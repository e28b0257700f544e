import { Broker } from '#broker';
import { LeaseClient } from '#lease';
import { ProcessIdentity } from '#runtime';
import type { Provider } from '@nestjs/common';

/** What makes this process known to status as alive; the indexer holds no leases. */
export const INSTANCE_PROVIDER: Provider = {
  provide: LeaseClient,
  inject: [Broker, ProcessIdentity],
  useFactory: (broker: Broker, { service, processId, version }: ProcessIdentity) =>
    new LeaseClient({ broker, service, processId, version }),
};
