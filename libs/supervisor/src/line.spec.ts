import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Line, type Place } from './line.js';

describe('a line', () => {
  it('serves in the order of coming, however many leave from the middle', () => {
    const step = fc.oneof(fc.constant('push'), fc.constant('shift'), fc.nat(40));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const line = new Line<number>();
        const places: Place<number>[] = [];
        const served: (number | undefined)[] = [];
        const expectedServed: (number | undefined)[] = [];
        let expected: number[] = [];
        for (const one of steps) {
          if (one === 'push') {
            expected.push(places.length);
            places.push(line.push(places.length));
          } else if (one === 'shift') {
            served.push(line.shift());
            expectedServed.push(expected.shift());
          } else {
            const place = places[Number(one)];
            if (place !== undefined) line.remove(place);
            expected = expected.filter((value) => value !== Number(one));
          }
          expect([line.size, line.first]).toEqual([expected.length, expected[0]]);
        }
        expect(served).toEqual(expectedServed);
      }),
    );
  });
});
