import { describe, expect, it } from '@jest/globals';
import { definitionOf, InvalidMessageError, parseMessage, TargetsChanged } from '../index.js';

const EXECUTION = '0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11';
const run = { executionId: EXECUTION, plugin: 'ssh', targets: ['edge-01'] };

describe('a body that violates its contract', () => {
  it('is told every problem at once, with its path and its value', () => {
    const body = {
      ...run,
      plugin: 'SSH',
      policy: { timeoutMs: -5, timeotMs: 5, batches: { sizes: ['200%'] }, onLost: null },
    };
    expect(violationsOf(() => parse('task.run', body))).toEqual([
      'plugin: must be 1 to 64 of the characters a-z, 0-9 and -, got "SSH"',
      'policy.timeoutMs: must be an integer from 1 to 31,536,000,000, got -5',
      'policy.batches.sizes: must be a list of 1 to 100 counts or percentages, each more than nothing, got a list of 1',
      'policy.onLost: must be one of retry, fail, got null',
      'policy.timeotMs: is not a field of it',
    ]);
  });

  it('is told which element of a list is wrong', () => {
    const [event] = definitionOf(TargetsChanged).examples;
    const [first, second] = event!.changes;
    const body = { ...plain(event), changes: [first, { ...plain(second), state: 'asleep' }] };
    expect(violationsOf(() => parse('targets.changed', body))[0]).toMatch(/^changes\[1\]\.state: /);
  });

  it('is told no more than twenty problems', () => {
    const body = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`x${at}`, at]));
    const read = () => parse('task.run', body);
    expect(violationsOf(read)).toHaveLength(20);
    expect(read).toThrow('; and perhaps more');
  });

  it('is not quoted at length', () => {
    const read = () => parse('task.run', { ...run, plugin: 'x'.repeat(100_000) });
    expect(outcomeOf(read).length).toBeLessThan(300);
    const longName = () => parse('task.run', { ...run, ['y'.repeat(100_000)]: 1 });
    expect(outcomeOf(longName).length).toBeLessThan(300);
  });

  it.each([
    ['twice the same target', ['a', 'b', 'a'], 'element 2 (a) stands there twice'],
    ['no target', [], 'must be a list of 1 to 5,000 targets'],
    ['too many targets', Array.from({ length: 5_001 }, (_, at) => `h${at}`), '1 to 5,000'],
    ['a target that is none', ['a', '-b'], 'element 1 must be [user@]host[:port]'],
    ['a number', [1], 'element 0 must be'],
    ['pages with a bad hash', { pages: 1, count: 1, sha256: 'AB' }, 'targets.sha256: must be 64'],
    ['half the pages', { pages: 1 }, 'targets.count: is missing'],
    ['null', null, 'targets: must be a list'],
  ])('%s', (_, targets, problem) => {
    expect(() => parse('task.run', { ...run, targets })).toThrow(problem);
  });

  it.each([
    ['ftp://edge-01/logs', false],
    ['https://user:secret@edge-01/logs', false],
    ['//edge-01/logs', false],
    ['javascript:alert(1)', false],
    [`https://edge-01/${'x'.repeat(9_000)}`, false],
    ['http://[2001:db8::1]:8080/logs?follow=1', true],
  ])('the URL %s', (url, fits) => {
    const body = { streamId: 's', url, format: 'lines', index: 'i' };
    expect(outcomeOf(() => parse('stream.start', body)) === 'read').toBe(fits);
  });

  it('finds a target that stands there twice among 5,000 at once', () => {
    const targets = Array.from({ length: 5_000 }, (_, at) => `edge-${at}.example.net`);
    const started = performance.now();
    parse('task.run', { ...run, targets });
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

function parse(type: string, body: object): object {
  return parseMessage(type, Buffer.from(JSON.stringify(body)));
}

function outcomeOf(read: () => unknown): string {
  try {
    read();
    return 'read';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function violationsOf(read: () => unknown): string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (!(error instanceof InvalidMessageError)) throw error;
    return error.violations.map(({ path, problem }) => `${path}: ${problem}`);
  }
}

/** A body as JSON has it. */
function plain(body: object | undefined): Record<string, unknown> {
  return JSON.parse(JSON.stringify(body)) as Record<string, unknown>;
}
