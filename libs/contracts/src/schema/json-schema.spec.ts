import { describe, expect, it } from '@jest/globals';
import { LeaseState } from '../leases/lease-state.js';
import { RunTask } from '../tasks/run-task.command.js';
import { TargetsChanged } from '../tasks/targets-changed.event.js';
import { jsonSchemaOf } from './json-schema.js';

describe('the JSON Schema of a contract', () => {
  it('says what is required, what is known and what an absent field means', () => {
    expect(jsonSchemaOf(RunTask, 'refuse')).toMatchObject({
      type: 'object',
      required: ['executionId', 'plugin', 'targets'],
      additionalProperties: false,
      properties: { policy: { $ref: '#/$defs/Policy', default: {} } },
      $defs: {
        Policy: {
          additionalProperties: false,
          properties: {
            concurrency: { type: 'integer', minimum: 1, maximum: 10_000, default: 50 },
          },
        },
        Retries: { type: 'object' },
        TargetPages: { required: ['pages', 'count', 'sha256'] },
      },
    });
  });

  it('lets unknown fields pass where the reader does', () => {
    expect(jsonSchemaOf(RunTask, 'ignore')).not.toHaveProperty('additionalProperties');
  });

  it('knows either of two forms, lists of contracts, and null', () => {
    expect(jsonSchemaOf(RunTask, 'refuse')).toHaveProperty('properties.targets.anyOf.1', {
      $ref: '#/$defs/TargetPages',
    });
    expect(jsonSchemaOf(TargetsChanged, 'ignore')).toHaveProperty('properties.changes.items', {
      $ref: '#/$defs/TargetChange',
    });
    expect(jsonSchemaOf(LeaseState, 'ignore')).toHaveProperty('properties.cancelled.anyOf', [
      { $ref: '#/$defs/LeaseMark' },
      { type: 'null' },
    ]);
  });

  it('names the unit', () => {
    expect(jsonSchemaOf(RunTask, 'refuse')).toHaveProperty(
      '$defs.Retries.properties.backoffMs.description',
      expect.stringContaining('Unit: ms.'),
    );
  });
});
