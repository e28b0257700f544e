import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UsageError } from '../usage-error.js';
import {
  addArgument,
  argumentsFile,
  count,
  milliseconds,
  pointInTime,
  targetList,
} from './values.js';

describe('milliseconds', () => {
  it.each([
    ['250ms', 250],
    ['1.5s', 1_500],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
  ])('reads %s', (text, expected) => {
    expect(milliseconds(text)).toBe(expected);
  });

  it.each(['', 's', '250', '5 s', '-1s', '5y', 'soon'])(
    'refuses %j and says what to write',
    (text) => {
      expect(() => milliseconds(text)).toThrow(UsageError);
      expect(() => milliseconds(text)).toThrow('write 250ms, 30s, 5m, 2h or 1d');
    },
  );
});

describe('pointInTime', () => {
  const now = Date.UTC(2026, 0, 2);

  it('takes a duration for "so long ago" and a date for itself', () => {
    expect(pointInTime('1d', now)).toBe(Date.UTC(2026, 0, 1));
    expect(pointInTime('2026-01-01T12:00Z', now)).toBe(Date.UTC(2026, 0, 1, 12));
  });
});

describe('count', () => {
  it('takes whole numbers above 0 only', () => {
    expect(count('7')).toBe(7);
    for (const text of ['0', '-1', '1.5', 'many', ''])
      expect(() => count(text)).toThrow(UsageError);
  });
});

describe('addArgument', () => {
  it('takes JSON where it reads as JSON, else text', () => {
    const all = ['url=http://{target}/x?a=b', 'status=204', 'command=["ls","-l"]', 'empty='];
    expect(all.reduce((found, text) => addArgument(text, found), {})).toEqual({
      url: 'http://{target}/x?a=b',
      status: 204,
      command: ['ls', '-l'],
      empty: '',
    });
  });

  it('refuses what begins like JSON and is none', () => {
    expect(() => addArgument('args=[oops')).toThrow('not JSON, although it begins like it');
  });

  it('refuses what has no name', () => {
    expect(() => addArgument('novalue')).toThrow('not name=value');
    expect(() => addArgument('=x')).toThrow(UsageError);
  });
});

describe('targets and arguments from files', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'signalbox-cli-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const file = (text: string): string => {
    const path = join(folder, 'file');
    writeFileSync(path, text);
    return path;
  };

  it('reads a list', () => {
    expect(targetList('a, b,c')).toEqual(['a', 'b', 'c']);
  });

  it('reads a file, without comments and empty lines', () => {
    expect(targetList(file('web-1\n# all of them\n\n web-2 # the slow one\r\n'))).toEqual([
      'web-1',
      'web-2',
    ]);
  });

  it('refuses a file without targets', () => {
    expect(() => targetList(file('# none\n'))).toThrow('no targets');
  });

  it('names the entry that is no target, and the file that is not there', () => {
    expect(() => targetList('a b,c')).toThrow('not a target: "a b"; write [user@]host[:port]');
    expect(() => targetList('./hosts.txt')).toThrow('no such file: ./hosts.txt');
  });

  it('reads arguments, an object only', () => {
    expect(argumentsFile(file('{"url":"http://x"}'))).toEqual({ url: 'http://x' });
    expect(() => argumentsFile(file('[1]'))).toThrow('does not hold a JSON object');
    expect(() => argumentsFile(join(folder, 'none'))).toThrow('cannot read');
  });
});
