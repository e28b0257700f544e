import { collectDefaultMetrics, Gauge } from 'prom-client';
import type { HealthRegistry } from '../health/health-registry.js';
import type { ProcessIdentity } from '../service/process-identity.js';
import type { TaskRegistry } from '../tasks/task-registry.js';
import type { MetricsRegistry } from './metrics-registry.js';

/** Registers what every service measures about itself: Node's own metrics, what it is, whether it is ready, its tasks. */
export function registerProcessMetrics(
  metrics: MetricsRegistry,
  identity: ProcessIdentity,
  health: HealthRegistry,
  tasks: TaskRegistry,
): void {
  const registers = [metrics];
  collectDefaultMetrics({ register: metrics });
  new Gauge({
    name: 'signalbox_build_info',
    help: 'Always 1; says which service, process and version this is.',
    labelNames: ['service', 'process_id', 'version', 'node'],
    registers,
  }).set(
    {
      service: identity.service,
      process_id: identity.processId,
      version: identity.version,
      node: process.version,
    },
    1,
  );
  new Gauge({
    name: 'signalbox_check_up',
    help: '1 when a health check passes, 0 when it makes the service not ready.',
    labelNames: ['check'],
    registers,
    collect() {
      for (const [check, reason] of health.check())
        this.set({ check }, reason === undefined ? 1 : 0);
    },
  });
  new Gauge({
    name: 'signalbox_supervisor_tasks',
    help: 'Tasks a supervisor holds: occupied (have a slot), pending (wait for one), waiting (to be admitted), stuck (decided, still running), overdue (stuck, or close or run for too long). Supervisors of one name are added up.',
    labelNames: ['supervisor', 'state'],
    registers,
    collect() {
      this.reset();
      for (const { name: supervisor, ...counts } of tasks.inspect()) {
        for (const state of ['occupied', 'pending', 'waiting', 'stuck', 'overdue'] as const) {
          this.inc({ supervisor, state }, counts[state]);
        }
      }
    },
  });
  new Gauge({
    name: 'signalbox_supervisor_limit',
    help: 'Slots of a supervisor.',
    labelNames: ['supervisor'],
    registers,
    collect() {
      this.reset();
      for (const { name: supervisor, limit } of tasks.inspect()) this.inc({ supervisor }, limit);
    },
  });
}
