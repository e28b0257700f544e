import type { BrokerMetrics } from '#broker';
import { NO_METRICS } from '#broker';

/** What the library counted, for a test to compare with its ledger. */
export class CountedMetrics {
  republished = 0;
  returned = 0;
  reconnected = 0;
  blocked = 0;

  readonly metrics: BrokerMetrics = {
    ...NO_METRICS,
    republished: () => void (this.republished += 1),
    returned: () => void (this.returned += 1),
    reconnected: () => void (this.reconnected += 1),
    blocked: () => void (this.blocked += 1),
  };
}
