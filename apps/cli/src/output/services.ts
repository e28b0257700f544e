import type { ServiceItem } from '#contracts';
import { Table } from './table.js';
import { duration } from './time.js';

const HEAD = ['SERVICE', 'STATE', 'VERSION', 'INSTANCE', 'HOLDS', 'PLUGINS'];

/** Processes as a table. */
export class ServiceTable {
  private readonly table: Table;

  constructor(width?: number) {
    this.table = new Table(HEAD, width);
  }

  /** The lines of further processes. */
  lines(items: readonly ServiceItem[]): string[] {
    const now = Date.now();
    return this.table.lines(items.map((item) => row(item, now)));
  }
}

function row(item: ServiceItem, now: number): string[] {
  const { service, state, version, instanceId, holds, plugins } = item;
  const oldest = Math.min(...holds.map(({ since }) => since));
  const held = holds.length === 0 ? '-' : `${holds.length}, oldest ${duration(now - oldest)}`;
  const offers = plugins.map(({ name }) => name).join(',') || '-';
  return [service, state, version, instanceId, held, offers];
}
