import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { QUEUES } from '#contracts';
import { ExitCode } from '#runtime';
import { filesBelow } from './container-files.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');
const GIBIBYTE = 1024 ** 3;

const sources = filesBelow(ROOT)
  .filter((file) => /^(apps|libs)\/.*\/src\/.*(?<!spec)\.ts$/.test(file))
  .map((file) => readFileSync(join(ROOT, file), 'utf8'));

function everyMatch(texts: readonly string[], pattern: RegExp): readonly string[] {
  const found = texts.flatMap((text) => [...text.matchAll(pattern)].map(([, name = '']) => name));
  return [...new Set(found)].toSorted();
}

/** The row of a table in the page whose first cell holds this. */
function row(name: string): string | undefined {
  const lines = PAGE.split('\n').filter((line) => line.startsWith('|'));
  return lines.find((line) => line.split('|')[1]?.includes(name));
}

/** The bounds of a queue, as the page puts them. */
function boundsOf(args: Readonly<Record<string, unknown>>): readonly string[] {
  const { 'x-max-length': messages, 'x-max-length-bytes': bytes } = args;
  return [
    messages === undefined ? 'none' : `${Number(messages).toLocaleString('en')} messages`,
    ...(bytes === undefined ? [] : [`${Number(bytes) / GIBIBYTE} GiB`]),
  ];
}

describe('docs/operations.md', () => {
  it('names exactly the metrics that there are', () => {
    const registered = everyMatch(sources, /name: '(signalbox_\w+)'/g);
    expect(everyMatch([PAGE], /\b(signalbox_\w+)/g)).toEqual(registered);
  });

  it('explains every health check', () => {
    const checks = everyMatch(sources, /\bhealth\.register\('([^']+)'/g);
    expect(checks.filter((check) => row(`\`${check}\``) === undefined)).toEqual([]);
  });

  it('explains every exit code', () => {
    const codes = Object.values(ExitCode).map(String);
    expect(codes.filter((code) => row(` ${code} `) === undefined)).toEqual([]);
  });

  it('says how long each live queue may grow', () => {
    const live = Object.values(QUEUES).filter(({ kind }) => kind === 'live');
    for (const { name, arguments: args } of live) {
      for (const bound of boundsOf(args)) expect(row(`\`${name}\``)).toContain(bound);
    }
  });
});
