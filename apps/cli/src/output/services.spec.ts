import { describe, expect, it } from '@jest/globals';
import type { ServiceItem } from '#contracts';
import { ServiceTable } from './services.js';

const now = 1_764_000_000_000;
const processId = '0d6f6a0e-93d8-4d63-9d0a-6f7f3b0b5c77';
const plugins = ['exec', 'http', 'ssh'].map((name) => ({
  name,
  description: '',
  schema: {},
  idempotent: false,
  timeoutMs: 60_000,
}));
const runner = {
  processId,
  instanceId: `${processId}.1`,
  service: 'task-runner',
  version: '0.1.0',
  plugins,
  holds: [
    { key: 'chunk/0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11/1', since: now - 11_220_000 },
    { key: 'chunk/0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11/2', since: now - 1_500 },
  ],
  state: 'alive',
} satisfies ServiceItem;

describe('the table of processes', () => {
  it('says who holds how much for how long, within 100 columns', () => {
    const lines = new ServiceTable(100).lines([runner, { ...runner, holds: [], plugins: [] }], now);
    expect(lines).toEqual([
      'SERVICE      STATE  VERSION  HOLDS             PLUGINS        INSTANCE',
      `task-runner  alive  0.1.0    2 for 3 h 07 min  exec,http,ssh  ${processId}.1`,
      `task-runner  alive  0.1.0    -                 -              ${processId}.1`,
    ]);
  });

  it('lists what each holds where that is asked for', () => {
    const [, , first, second] = new ServiceTable(100, true).lines([runner], now);
    expect(first).toBe('  chunk/0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11/1  for 3 h 07 min');
    expect(second).toBe('  chunk/0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11/2  for 1.5 s');
  });
});
