import type { AuditItem } from '#contracts';
import { printable } from './printable.js';
import { Table } from './table.js';
import { time } from './time.js';

const HEAD = ['AT', 'BY', 'TYPE', 'ID', 'RESULT'];

/** Commands as a table; under one that was refused, why, in full, whatever the terminal's width. */
export class AuditTable {
  private readonly table: Table;

  constructor(width?: number) {
    this.table = new Table(HEAD, width);
  }

  /** The lines of further commands. */
  lines(items: readonly AuditItem[]): string[] {
    return this.table.lines(items.map(row), items.map(refusal));
  }
}

function row({ at, requestedBy, type, id, result, outcome }: AuditItem): string[] {
  const ended = result === 'accepted' ? (outcome ?? result) : result;
  return [time(at), printable(requestedBy), type, id ?? '-', ended];
}

function refusal({ code, reason = '', messageId }: AuditItem): string[] {
  if (code === undefined) return [];
  return [`  ${code}: ${printable(reason)} (message ${printable(messageId)})`];
}
