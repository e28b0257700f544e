import { describe, expect, it } from '@jest/globals';
import type { AuditItem } from '#contracts';
import { AuditTable } from './audit.js';

const at = 1_764_000_000_000;
const id = '0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11';
const run = {
  at,
  requestedBy: 'release-desk',
  type: 'task.run',
  id,
  messageId: 'm-1',
  result: 'accepted',
} satisfies AuditItem;

describe('the audit list', () => {
  it('fits 100 columns, with how it ended where it has', () => {
    const repeated = { ...run, result: 'repeated', outcome: 'cancelled' } as const;
    const lines = new AuditTable(100).lines([repeated, { ...run, outcome: 'cancelled' }, run]);
    expect(lines).toEqual([
      'AT                    BY            TYPE      ID                                    RESULT',
      `2025-11-24 16:00:00Z  release-desk  task.run  ${id}  repeated`,
      `2025-11-24 16:00:00Z  release-desk  task.run  ${id}  cancelled`,
      `2025-11-24 16:00:00Z  release-desk  task.run  ${id}  accepted`,
    ]);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(100);
  });

  it('says under a refused command why, whole, and nothing that moves the cursor', () => {
    const refused: AuditItem = {
      ...run,
      requestedBy: 'eve\u001b[2J',
      result: 'rejected',
      code: 'id-reused',
      reason: 'execution is another command, recorded before; it is unchanged. Choose a new id',
    };
    const [, line, why, next] = new AuditTable(60).lines([refused, run]);
    expect(line).toMatch(/^2025-11-24 16:00:00Z {2}eve\\u001b\[2J .*…$/);
    expect(why).toBe(`  id-reused: ${refused.reason} (message m-1)`);
    expect(next).toContain('release-desk');
  });
});
