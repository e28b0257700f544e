import { SERVICES, canonicalJson, type ServiceItem, type ServiceName } from '#contracts';
import { printable } from '../output/printable.js';
import { ok, readinessOf, startOf, trouble, type Finding } from './finding.js';

/** The services of which a process is alive. */
export function aliveServices(items: readonly ServiceItem[]): ReadonlySet<ServiceName> {
  return new Set(items.filter(({ state }) => state === 'alive').map(({ service }) => service));
}

/** Whether each service runs, in one version, and whether all task-runners offer the same. */
export function serviceFindings(items: readonly ServiceItem[]): Finding[] {
  return [
    ...SERVICES.map((service) => presence(service, items)),
    ...differentVersions(items),
    ...differentPlugins(items),
  ];
}

function presence(service: ServiceName, items: readonly ServiceItem[]): Finding {
  const check = `service ${service}`;
  const own = items.filter((item) => item.service === service);
  const inState = (state: ServiceItem['state']): number =>
    own.filter((item) => item.state === state).length;
  const [alive, stale, lost] = [inState('alive'), inState('stale'), inState('lost')];
  if (alive > 0) {
    const gone = lost > 0 ? `; ${lost} lost within a day` : '';
    return ok(check, `${alive} alive${gone}`);
  }
  if (stale > 0) {
    return trouble(
      check,
      `not known: for 15 s status has not watched who is alive; the active status hangs, or PostgreSQL is slow`,
      readinessOf('status'),
    );
  }
  const says = lost > 0 ? `none runs; ${lost} lost within a day` : 'none runs';
  return trouble(check, says, startOf(service));
}

function differentVersions(items: readonly ServiceItem[]): Finding[] {
  const alive = items.filter(({ state }) => state === 'alive');
  const versions = [...new Set(alive.map(({ version }) => version))].sort();
  if (versions.length < 2) return [];
  const which = versions.map((version) => {
    const services = alive.filter((item) => item.version === version).map((item) => item.service);
    return `${printable(version)} (${[...new Set(services)].join(', ')})`;
  });
  return [
    trouble(
      'versions',
      `services of several versions run: ${which.join(', ')}`,
      'signalbox services',
    ),
  ];
}

/** A chunk may go to any task-runner: all must offer the same. */
function differentPlugins(items: readonly ServiceItem[]): Finding[] {
  const runners = items.filter(
    ({ service, state }) => service === 'task-runner' && state === 'alive',
  );
  const offers = new Map<string, string>();
  for (const { plugins } of runners) {
    const sorted = [...plugins].sort((a, b) => a.name.localeCompare(b.name));
    offers.set(canonicalJson(sorted), sorted.map(({ name }) => name).join(','));
  }
  if (offers.size < 2) return [];
  const says = `task-runners offer different plugins, or the same with different arguments: ${[...offers.values()].join(' | ')}`;
  return [
    trouble('plugins', says, 'signalbox services   (then give all of them the same PLUGINS)'),
  ];
}
