import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { boundariesOf, withBoundary } from '../../testing/boundaries.js';
import { passesClassValidator } from '../../testing/by-class-validator.js';
import { schemaCheck } from '../../testing/by-json-schema.js';
import { mutantsOf } from '../../testing/mutations.js';
import { InvalidMessageError } from '../errors/invalid-message-error.js';
import type { MessageDefinition } from '../registry/definition.js';
import { MESSAGES } from '../registry/messages.js';
import { checkMessage } from '../registry/parse.js';
import { jsonSchemaOf } from './json-schema.js';

// Documents travel as NDJSON: their body is no JSON value.
const json = MESSAGES.filter(({ contentType }) => contentType === 'application/json');
const documents = MESSAGES.filter(({ contentType }) => contentType !== 'application/json');

const RUNS = 300;

/** Which of the checks let a body through. */
type Verdicts = Readonly<Record<'plan' | 'classValidator' | 'jsonSchema', boolean>>;

describe.each(json)('the three checks of $type', (definition) => {
  let fitsSchema: (value: unknown) => boolean;
  const examples = definition.examples.map(plain);
  /** Whatever any of the examples has. */
  const together: object = Object.assign({}, ...examples);

  beforeAll(() => {
    fitsSchema = schemaCheck(jsonSchemaOf(definition.contract, definition.unknownFields));
  });

  const verdictsOn = (body: unknown): Verdicts => ({
    plan: passesPlan(definition, body),
    classValidator: passesClassValidator(definition.contract, body, definition.unknownFields),
    jsonSchema: fitsSchema(body),
  });

  /** Who says what of which body; undefined when all say the same. */
  const disagreementOn = (body: unknown): string | undefined => {
    const verdicts = verdictsOn(body);
    if (new Set(Object.values(verdicts)).size === 1) return undefined;
    return `${JSON.stringify(verdicts)} on ${JSON.stringify(body)?.slice(0, 2_000)}`;
  };

  it('accept every example', () => {
    for (const example of examples) expect(verdictsOn(example)).toEqual(all(true));
  });

  it('agree on every limit of every field', () => {
    const schema = jsonSchemaOf(definition.contract, definition.unknownFields);
    for (const boundary of boundariesOf(schema)) {
      for (const body of [...examples, together]) {
        expect(disagreementOn(withBoundary(body, boundary))).toBeUndefined();
      }
    }
  });

  it('agree on whatever becomes of a good body', () => {
    fc.assert(
      fc.property(mutantsOf([...examples, together]), (body) => {
        expect(disagreementOn(body)).toBeUndefined();
      }),
      { numRuns: RUNS },
    );
  });
});

describe.each(documents)('the two checks of $type', (definition) => {
  it('agree', () => {
    const [{ documents: list }] = definition.examples as unknown as [{ documents: object[] }];
    const [document] = list;
    const keys = ['index', 'id', 'source'];
    const odd = fc.oneof(
      fc.jsonValue(),
      fc.string().map((text) => Buffer.from(text)),
      fc.constant(undefined),
    );
    fc.assert(
      fc.property(fc.constantFrom(...keys), odd, (key, value) => {
        const body = { documents: [document, { ...document, [key]: value }] };
        expect(passesPlan(definition, body)).toBe(
          passesClassValidator(definition.contract, body, definition.unknownFields),
        );
      }),
    );
    expect(passesPlan(definition, { documents: list })).toBe(true);
  });
});

/** Whether a reader takes a body; who sends it hears the same. */
function passesPlan(definition: MessageDefinition, body: unknown): boolean {
  const problem = problemOf(() => checkMessage(definition.contract, body));
  expect(problemOf(() => definition.check(body))).toEqual(problem);
  return problem === undefined;
}

function problemOf(check: () => unknown): InvalidMessageError | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof InvalidMessageError) return error;
    throw error;
  }
}

function all(verdict: boolean): Verdicts {
  return { plan: verdict, classValidator: verdict, jsonSchema: verdict };
}

/** A body as JSON has it. */
function plain(body: object): object {
  return JSON.parse(JSON.stringify(body)) as object;
}
