import { BROKER_FAULTS } from './broker-faults.ts';
import { DRAIN_FAULTS } from './drain-faults.ts';
import type { Fault } from './fault.ts';
import { HANDLER_FAULTS } from './handler-faults.ts';
import { NETWORK_FAULTS } from './network-faults.ts';

/** Every fault that publishers and consumers must survive. */
export const FAULTS: readonly Fault[] = [
  ...NETWORK_FAULTS,
  ...BROKER_FAULTS,
  ...HANDLER_FAULTS,
  ...DRAIN_FAULTS,
];
