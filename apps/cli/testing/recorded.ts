import type { ExecutionSummary, IndexSummary, ServiceItem, StreamSummary } from '#contracts';

/** So many of something. */
export function many<T>(count: number, one: (n: number) => T): T[] {
  return Array.from({ length: count }, (_, n) => one(n));
}

/** A process, as recorded. */
export function service(
  name: ServiceItem['service'],
  n: number,
  fields: Partial<ServiceItem> = {},
): ServiceItem {
  const processId = `7d9f0c52-2a1b-4a0e-8f0f-${String(n).padStart(12, '0')}`;
  return {
    service: name,
    instanceId: `${processId}.1`,
    processId,
    version: '1.0.0',
    plugins: [],
    holds: [],
    state: 'alive',
    ...fields,
  };
}

/** A stream that nobody follows, as recorded. */
export function stream(n: number, fields: Partial<StreamSummary> = {}): StreamSummary {
  return {
    streamId: `edge-${n}`,
    settings: {
      url: 'https://edge.example.net/logs',
      format: 'ndjson',
      request: { headers: {}, secretHeaders: {} },
      resume: { by: 'none', parameter: 'since', overlapMs: 5_000, onGap: 'earliest' },
      idleTimeoutMs: 60_000,
      maxLineBytes: 1_048_576,
      index: 'edge',
      onEnd: 'reconnect',
    },
    wanted: true,
    state: 'streaming',
    counters: { documents: 5, bytes: 50, reconnects: 0, rejected: 0 },
    ...fields,
  };
}

/** An execution that has not begun, as recorded. */
export function execution(n: number, fields: Partial<ExecutionSummary> = {}): ExecutionSummary {
  const none = { succeeded: 0, failed: 0, timedOut: 0, cancelled: 0, lost: 0, skipped: 0 };
  return {
    executionId: `0192f0c4-6b1e-4c57-9d6a-${String(n).padStart(12, '0')}`,
    plugin: 'ssh',
    requestedBy: 'unverified',
    state: 'queued',
    counts: { total: 1, waiting: 1, running: 0, ...none },
    batch: 1,
    recordedAt: Date.now() - 120_000,
    ...fields,
  };
}

/** An index that takes documents, as recorded. */
export function index(name: string, fields: Partial<IndexSummary> = {}): IndexSummary {
  const counts = { written: 5, duplicates: 1, rejected: 0, parked: 0 };
  return { index: name, state: 'open', ...counts, ...fields };
}
