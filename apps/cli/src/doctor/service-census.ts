import { SERVICES, bodyHash, type ServiceItem, type ServiceName } from '#contracts';
import { printable } from '../output/printable.js';
import { ok, trouble, unknown, type Finding } from './finding.js';
import type { Hints } from './hints.js';

/** Counts the processes of the mesh, whatever their number: whether each service runs, in one version, and whether all task-runners offer the same. */
export class ServiceCensus {
  private readonly counts = new Map<string, number>();
  private readonly versions = new Map<string, Set<ServiceName>>();
  /** The plugins' names, by what task-runners say of them. */
  private readonly offers = new Map<string, string>();

  /** Whether every process was counted. */
  isComplete = true;

  add({ service, state, version, plugins }: ServiceItem): void {
    this.counts.set(`${service} ${state}`, this.count(service, state) + 1);
    if (state !== 'alive') return;
    const services = this.versions.get(version) ?? new Set();
    this.versions.set(version, services.add(service));
    if (service !== 'task-runner') return;
    const sorted = [...plugins].sort((a, b) => a.name.localeCompare(b.name));
    this.offers.set(bodyHash(sorted), sorted.map(({ name }) => name).join(','));
  }

  /** The services of which a process is alive. */
  alive(): ReadonlySet<ServiceName> {
    return new Set(SERVICES.filter((service) => this.count(service, 'alive') > 0));
  }

  findings(hints: Hints): Finding[] {
    return [
      ...SERVICES.map((service) => this.presence(service, hints)),
      ...this.differentVersions(),
      ...this.differentPlugins(),
    ];
  }

  private count(service: ServiceName, state: ServiceItem['state']): number {
    return this.counts.get(`${service} ${state}`) ?? 0;
  }

  private presence(service: ServiceName, hints: Hints): Finding {
    const check = `service ${service}`;
    const [alive, lost] = [this.count(service, 'alive'), this.count(service, 'lost')];
    if (alive > 0) {
      const gone = lost > 0 ? `; ${lost} lost within a day` : '';
      return ok(check, `${alive} alive${gone}`);
    }
    if (this.count(service, 'stale') > 0) {
      const says =
        'not known: for 15 s status has not watched who is alive; the active status hangs, or PostgreSQL is slow';
      return trouble(check, says, hints.readiness('status', 'it says what it lacks'));
    }
    if (!this.isComplete) {
      const says = 'none among those that were looked at; there are more processes';
      return unknown(check, says, `signalbox services --service ${service}`);
    }
    const says = lost > 0 ? `none runs; ${lost} lost within a day` : 'none runs';
    return trouble(check, says, hints.start(service));
  }

  private differentVersions(): Finding[] {
    if (this.versions.size < 2) return [];
    const which = [...this.versions]
      .sort(([one], [other]) => one.localeCompare(other))
      .map(([version, services]) => `${printable(version)} (${[...services].join(', ')})`);
    const says = `services of several versions run: ${which.join(', ')}`;
    return [trouble('versions', says, 'signalbox services')];
  }

  /** A chunk may go to any task-runner: all must offer the same. */
  private differentPlugins(): Finding[] {
    if (this.offers.size < 2) return [];
    const says = `task-runners offer different plugins, or the same with different arguments: ${[...this.offers.values()].join(' | ')}`;
    const next = 'signalbox services   (then give all of them the same PLUGINS)';
    return [trouble('plugins', says, next)];
  }
}
