import { describe, expect, it } from '@jest/globals';
import { bulkAnswer, itemResult } from './bulk-answer.js';

describe('itemResult', () => {
  it.each([
    [201, undefined, 'done'],
    [200, undefined, 'done'],
    [409, 'version_conflict_engine_exception', 'duplicate'],
    [429, 'rejected_execution_exception', 'backpressure'],
    [429, 'cluster_block_exception', 'blocked'],
    [403, 'cluster_block_exception', 'blocked'],
    [403, 'security_exception', 'auth'],
    [401, 'security_exception', 'auth'],
    [503, 'unavailable_shards_exception', 'transient'],
    [500, 'exception', 'transient'],
    [400, 'mapper_parsing_exception', 'poison'],
    [400, 'strict_dynamic_mapping_exception', 'poison'],
    [400, 'illegal_argument_exception', 'poison'],
    [400, 'index_closed_exception', 'misconfigured'],
    [400, 'invalid_index_name_exception', 'misconfigured'],
    [404, 'index_not_found_exception', 'misconfigured'],
    [413, 'content_too_long_exception', 'too-large'],
    [302, undefined, 'unknown'],
  ])('takes %i %s for %s', (status, type, expected) => {
    expect(itemResult({ status, ...(type && { error: { type } }) }).class).toBe(expected);
  });

  it('blames the configuration when the cluster may have no more shards', () => {
    const reason =
      'Validation Failed: 1: this action would add [2] total shards, but this cluster currently has [1000]/[1000] maximum shards open;';
    const error = { type: 'validation_exception', reason };
    expect(itemResult({ status: 400, error }).class).toBe('misconfigured');
  });

  it('says what the store said, with its cause', () => {
    const error = {
      type: 'mapper_parsing_exception',
      reason: 'failed to parse',
      caused_by: { reason: 'bad date' },
    };
    expect(itemResult({ status: 400, error }).reason).toBe(
      'mapper_parsing_exception: failed to parse (bad date)',
    );
  });
});

describe('bulkAnswer', () => {
  it.each([
    [429, 'backpressure'],
    [401, 'auth'],
    [403, 'auth'],
    [500, 'unknown'],
    [502, 'unknown'],
    [503, 'unknown'],
    [302, 'unknown'],
  ])('takes HTTP %i for %s of every document', (status, expected) => {
    const result = expect.objectContaining({ class: expected });
    expect(bulkAnswer({ status, body: undefined }, 2)).toEqual({ results: [result, result] });
  });

  it.each([
    [400, 'poison'],
    [413, 'too-large'],
  ])('takes HTTP %i for a refusal because of a document that is %s', (status, expected) => {
    expect(bulkAnswer({ status, body: undefined }, 2)).toEqual({
      refused: { class: expected, reason: `HTTP ${status}` },
    });
  });

  it.each([
    ['fewer results than documents', { items: [{ create: { status: 201 } }] }],
    ['more', { items: Array.from({ length: 3 }, () => ({ create: { status: 201 } })) }],
    ['none', { items: [] }],
    ['no list', {}],
    ['no JSON', undefined],
  ])('knows nothing when the answer has %s', (_, body) => {
    const result = expect.objectContaining({ class: 'unknown' });
    expect(bulkAnswer({ status: 200, body }, 2)).toEqual({ results: [result, result] });
  });
});
