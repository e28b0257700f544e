import type { Clock } from '#supervisor';
import type { HealthRegistry } from '../health/health-registry.js';
import type { ServiceState } from '../health/service-state.js';
import type { Logger } from '../logging/logger.js';
import type { Loops } from '../tasks/loops.js';
import type { Lifecycle } from './lifecycle.js';
import type { ServiceSteps } from './service-steps.js';

/** What is started and stopped, in terms that need neither Nest nor a broker. */
export interface ServiceParts {
  readonly admin: {
    /** Makes the admin server listen. */
    listen(): Promise<void>;
    /** Destroys Nest's providers and closes the admin server, connections and all. */
    close(): Promise<void>;
  };
  readonly broker: {
    /** Begins to connect. */
    start(): void;
    /** Resolves when the broker is connected. */
    ready(signal: AbortSignal): Promise<void>;
    close(): Promise<void>;
  };
  readonly transport: {
    /** Resolves when every queue is consumed. */
    listen(): Promise<void>;
    /** Takes nothing more and waits for the handlers, at most this long; then aborts them. */
    drain(graceTimeoutMs: number): Promise<void>;
  };
  readonly tracing: {
    /** Sends the last spans; bounded by itself. */
    close(): Promise<void>;
  };
  readonly lifecycle: Lifecycle;
  /** Runs the steps of the start and the stop. */
  readonly steps: ServiceSteps;
  /** Runs what the runtime does by itself. */
  readonly loops: Loops;
  readonly state: ServiceState;
  readonly health: HealthRegistry;
  readonly log: Logger;
  readonly clock: Clock;
  readonly drainTimeoutMs: number;
  readonly closeTimeoutMs: number;
}
