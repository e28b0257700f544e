import { describe, expect, it } from '@jest/globals';
import { readableJson } from './readable-json.js';

const ANSWER = {
  service: 'status',
  trouble: undefined,
  supervisors: [
    {
      name: 'broker',
      limit: 2,
      tasks: [
        { name: 'tick', scope: ['a', 'b'], ageMs: 1.5 },
        { name: 'look "up"', scope: [], key: undefined, ageMs: 20 },
      ],
      recent: [],
    },
  ],
};

describe('JSON for people', () => {
  it('has one line for each thing that holds only plain values', () => {
    expect(readableJson(ANSWER)).toBe(`{
  "service": "status",
  "supervisors": [
    {
      "name": "broker",
      "limit": 2,
      "tasks": [
        {"name":"tick","scope":["a","b"],"ageMs":2},
        {"name":"look \\"up\\"","scope":[],"ageMs":20}
      ],
      "recent": []
    }
  ]
}`);
  });

  it('is JSON', () => {
    expect(JSON.parse(readableJson(ANSWER))).toMatchObject({
      supervisors: [{ tasks: [{ ageMs: 2 }, { name: 'look "up"' }] }],
    });
    for (const value of [1, 'x', null, [], {}, [1, 2], [{}, {}]]) {
      expect(JSON.parse(readableJson(value))).toEqual(value);
    }
  });
});
