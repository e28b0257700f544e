import {
  GetExecution,
  GetStream,
  InvalidMessageError,
  ListServices,
  checkMessage,
  type Contract,
  type JsonSchema,
  type Violation,
} from '#contracts';
import { FEED_TYPES, type FeedEntry, type FeedType } from './feed-entry.js';
import { fieldOf } from './field-of.js';

/** What of the feed a client wants. Without `subjects` everything of its types. */
export interface FeedFilter {
  readonly types: ReadonlySet<FeedType>;
  readonly subjects?: ReadonlyMap<FeedType, string>;
  /** Whether the present state is told where the feed cannot go on from where the client was. */
  readonly snapshot: boolean;
}

/** What a parameter may be: as a check, and as JSON Schema for whoever reads the OpenAPI document. */
export interface FeedParameter {
  readonly description: string;
  readonly schema: JsonSchema;
  /** What is wrong with a value; `undefined` when nothing is. */
  readonly problemOf: (value: string) => string | undefined;
}

/** Every parameter of `GET /v1/feed`. */
export const FEED_PARAMETERS = {
  type: {
    description: 'Only events of these types, separated by commas. All unless given.',
    schema: { type: 'string', pattern: `^(${FEED_TYPES.join('|')})(,(${FEED_TYPES.join('|')}))*$` },
    problemOf: (value) =>
      typesOf(value).every(isFeedType)
        ? undefined
        : `must be of ${FEED_TYPES.join(', ')}, separated by commas`,
  },
  executionId: ofContract(GetExecution, 'executionId', 'Only what is about this execution.'),
  streamId: ofContract(GetStream, 'streamId', 'Only what is about this stream.'),
  service: ofContract(ListServices, 'service', 'Only what is about processes of this service.'),
  index: {
    description: 'Only what is about this index.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
    problemOf: (value) =>
      value.length > 0 && value.length <= 255 ? undefined : 'must be 1 to 255 characters',
  },
  snapshot: {
    description:
      'Whether the present state is told after a `reset`. With `false` only what changes from then on.',
    schema: { type: 'string', enum: ['true', 'false'], default: 'true' },
    problemOf: (value) =>
      value === 'true' || value === 'false' ? undefined : 'must be true or false',
  },
} satisfies Readonly<Record<string, FeedParameter>>;

type ParameterName = keyof typeof FEED_PARAMETERS;

/** Which types are about what a parameter names. */
const TYPES_ABOUT = {
  executionId: ['execution', 'targets', 'targets-ended'],
  streamId: ['stream'],
  service: ['service'],
  index: ['index'],
} satisfies Partial<Record<ParameterName, readonly FeedType[]>>;

const SUBJECTS = Object.keys(TYPES_ABOUT) as (keyof typeof TYPES_ABOUT)[];

/**
 * The filter that a URL asks for. Several subjects: what is about any of them. Throws an InvalidMessageError that names every parameter
 * that is unknown, given twice, wrong, or at odds with `type`.
 */
export function parseFeedFilter(query: Readonly<Record<string, unknown>>): FeedFilter {
  const violations = Object.entries(query).flatMap(([path, value]): Violation[] => {
    const problem = problemOf(path, value);
    return problem === undefined ? [] : [{ path, problem }];
  });
  refuse(violations);
  const given = query as Partial<Record<ParameterName, string>>;
  const types = new Set(
    given.type === undefined ? FEED_TYPES : typesOf(given.type).filter(isFeedType),
  );
  const subjects = new Map<FeedType, string>();
  for (const parameter of SUBJECTS) {
    const subject = given[parameter];
    if (subject === undefined) continue;
    const about = TYPES_ABOUT[parameter];
    if (!about.some((type) => types.has(type))) {
      const problem = `needs one of the types ${about.join(', ')}, and none is asked for`;
      refuse([{ path: parameter, problem }]);
    }
    for (const type of about) subjects.set(type, subject);
  }
  return { types, ...(subjects.size > 0 && { subjects }), snapshot: given.snapshot !== 'false' };
}

/** Whether the filter lets an entry through. */
export function wants(
  { types, subjects }: FeedFilter,
  { type, subject }: Pick<FeedEntry, 'type' | 'subject'>,
): boolean {
  return types.has(type) && (subjects === undefined || subjects.get(type) === subject);
}

/** Whether it lets anything of a type through. */
export function wantsType({ types, subjects }: FeedFilter, type: FeedType): boolean {
  return types.has(type) && (subjects === undefined || subjects.has(type));
}

function problemOf(name: string, value: unknown): string | undefined {
  const parameter = Object.hasOwn(FEED_PARAMETERS, name)
    ? FEED_PARAMETERS[name as ParameterName]
    : undefined;
  if (parameter === undefined) {
    return `is not a parameter of the feed: it takes ${Object.keys(FEED_PARAMETERS).join(', ')}`;
  }
  return typeof value === 'string' ? parameter.problemOf(value) : 'must be given once';
}

function refuse(violations: readonly Violation[]): void {
  if (violations.length === 0) return;
  const problems = violations.map(({ path, problem }) => `${path}: ${problem}`).join('; ');
  throw new InvalidMessageError(
    'contract-violated',
    `the feed cannot be filtered so: ${problems}`,
    {
      violations,
    },
  );
}

function typesOf(value: string): string[] {
  return value.split(',');
}

function isFeedType(value: string): value is FeedType {
  return (FEED_TYPES as readonly string[]).includes(value);
}

/** A parameter that a contract describes as a field of its own. */
function ofContract(contract: Contract, field: string, description: string): FeedParameter {
  const { description: _, ...schema } = fieldOf(contract, field);
  return {
    description,
    schema,
    problemOf: (value) => {
      try {
        checkMessage(contract, { [field]: value });
        return undefined;
      } catch (error) {
        if (!(error instanceof InvalidMessageError)) throw error;
        return error.violations[0]?.problem ?? error.message;
      }
    },
  };
}
