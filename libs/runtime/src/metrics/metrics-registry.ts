import { Registry } from 'prom-client';

/** The metrics of this process, as `/metrics` shows them: `new Counter({ …, registers: [metrics] })`. */
export class MetricsRegistry extends Registry {}
