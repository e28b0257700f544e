import type { ExchangeName } from './names.js';

/** An exchange as it is declared: durable, never deleted by itself. */
export interface ExchangeDefinition {
  readonly name: ExchangeName;
  readonly type: 'topic' | 'direct';
  /** What it carries. */
  readonly carries: string;
}

/** Every exchange; each service declares them all. */
export const EXCHANGES: Readonly<Record<ExchangeName, ExchangeDefinition>> = {
  'signalbox.commands': {
    name: 'signalbox.commands',
    type: 'topic',
    carries: 'imperatives and queries; key: the type',
  },
  'signalbox.events': {
    name: 'signalbox.events',
    type: 'topic',
    carries: 'facts, and what services say about leases; key: the type, then the id',
  },
  'signalbox.work': {
    name: 'signalbox.work',
    type: 'direct',
    carries: 'offers of work; key: the work queue',
  },
  'signalbox.control': {
    name: 'signalbox.control',
    type: 'direct',
    carries: 'pings; key: the instance id',
  },
  'signalbox.dead': {
    name: 'signalbox.dead',
    type: 'direct',
    carries: 'what could not be handled; key: the queue it goes to',
  },
};
