import { describe, expect, it } from '@jest/globals';
import { definitionOf, encodeMessage, MESSAGES, parseMessage } from '../index.js';

const examples = MESSAGES.flatMap((definition) =>
  definition.examples.map((example, at) => ({ type: definition.type, at, example })),
);

describe('every example', () => {
  it.each(examples)('$type $at survives the wire unchanged', ({ type, example }) => {
    const { contract } = definitionOf(type);
    const parsed = parseMessage(type, encodeMessage(contract, example));
    expect(parsed).toBeInstanceOf(contract);
    expect(JSON.parse(JSON.stringify(parsed))).toEqual(JSON.parse(JSON.stringify(example)));
  });
});
