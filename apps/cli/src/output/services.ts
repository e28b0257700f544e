import type { ServiceItem } from '#contracts';
import { Table } from './table.js';
import { duration } from './time.js';

const HEAD = ['SERVICE', 'STATE', 'VERSION', 'HOLDS', 'PLUGINS', 'INSTANCE'];

/** Processes as a table; with `holds`, under each what it holds and for how long, the oldest first. */
export class ServiceTable {
  private readonly table: Table;

  constructor(
    width?: number,
    private readonly holds = false,
  ) {
    this.table = new Table(HEAD, width);
  }

  /** The lines of further processes. */
  lines(items: readonly ServiceItem[], now = Date.now()): string[] {
    const held = this.holds ? items.map((item) => heldLines(item, now)) : [];
    return this.table.lines(
      items.map((item) => row(item, now)),
      held,
    );
  }
}

function row(item: ServiceItem, now: number): string[] {
  const { service, state, version, instanceId, holds, plugins } = item;
  const oldest = Math.min(...holds.map(({ since }) => since));
  const held = holds.length === 0 ? '-' : `${holds.length} for ${duration(now - oldest)}`;
  const offers = plugins.map(({ name }) => name).join(',') || '-';
  return [service, state, version, held, offers, instanceId];
}

function heldLines({ holds }: ServiceItem, now: number): string[] {
  return holds.map(({ key, since }) => `  ${key}  for ${duration(now - since)}`);
}
