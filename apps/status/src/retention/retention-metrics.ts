import { MetricsRegistry } from '#runtime';
import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';

/** What retention counts, for `/metrics`. */
@Injectable()
export class RetentionMetrics {
  private readonly deletedRows: Counter;
  private readonly bytes: Gauge;

  constructor(registry: MetricsRegistry) {
    const registers = [registry];
    this.deletedRows = new Counter({
      name: 'signalbox_retention_deleted_rows_total',
      help: 'Rows of the record that were deleted because they were over and too old, or too many.',
      labelNames: ['table'],
      registers,
    });
    this.bytes = new Gauge({
      name: 'signalbox_record_bytes',
      help: 'What the rows of the record take, estimated every ten minutes by the status that deletes; files and indexes are larger.',
      registers,
    });
  }

  deleted(table: string, rows: number): void {
    this.deletedRows.inc({ table }, rows);
  }

  size(bytes: number): void {
    this.bytes.set(bytes);
  }
}
