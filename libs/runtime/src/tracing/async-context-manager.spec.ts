import { describe, expect, it } from '@jest/globals';
import { ROOT_CONTEXT, createContextKey } from '@opentelemetry/api';
import { Deferred, turn } from '#supervisor';
import { AsyncContextManager } from './async-context-manager.js';

const KEY = createContextKey('test');
const one = ROOT_CONTEXT.setValue(KEY, 1);
const two = ROOT_CONTEXT.setValue(KEY, 2);

describe('the context of what runs asynchronously', () => {
  const manager = new AsyncContextManager().enable();
  const current = (): unknown => manager.active().getValue(KEY);

  it('goes along across awaits, apart from what runs beside it', async () => {
    const gate = new Deferred();
    const work = async (): Promise<unknown> => {
      await gate.promise;
      await turn();
      return current();
    };
    const both = [manager.with(one, work), manager.with(two, work)];
    expect(manager.active()).toBe(ROOT_CONTEXT);
    gate.resolve();
    expect(await Promise.all(both)).toEqual([1, 2]);
  });

  it('is there with this and arguments, and is the old one again after a throw', () => {
    const joined = manager.with(
      one,
      function (this: void, a: string, b: string) {
        return `${a}${b}${String(current())}`;
      },
      undefined,
      'a',
      'b',
    );
    expect(joined).toBe('ab1');
    expect(() =>
      manager.with(two, () => {
        throw new Error('enough');
      }),
    ).toThrow('enough');
    expect(current()).toBeUndefined();
  });

  it('stays with a function that is bound to it, and leaves all else alone', () => {
    const bound = manager.bind(two, (add: number) => Number(current()) + add);
    expect(manager.with(one, () => bound(5))).toBe(7);
    const value = {};
    expect(manager.bind(one, value)).toBe(value);
  });
});
