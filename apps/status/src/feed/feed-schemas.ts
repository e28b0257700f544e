import {
  ExecutionSummary,
  GetExecution,
  IndexSummary,
  SERVICE_STATES,
  ServiceItem,
  StreamSummary,
  TARGET_OUTCOMES,
  TargetItem,
  jsonSchemaOf,
  type Contract,
  type JsonSchema,
} from '#contracts';
import { MAX_FEED_TARGETS } from '../storage/rows/feed-rows.js';
import { RESET_REASONS } from './feed-client.js';
import { FEED_TYPES, type FeedType } from './feed-entry.js';
import { fieldOf } from './field-of.js';

/** A type of event, in words and as the JSON Schema of its data. */
export interface FeedEventDescription {
  readonly description: string;
  readonly data: JsonSchema;
}

/** Every type of event of the feed. What it tells of a thing is what the lists tell of it, by the same contracts. */
export const FEED_EVENTS: Readonly<Record<FeedType | 'reset' | 'live', FeedEventDescription>> = {
  reset: {
    description: 'Forget what was told before. With a snapshot, the present state follows.',
    data: objectOf({
      reason: {
        description:
          '`new`: no id was sent. `unknown`: the id is of no feed, or of another one. `too-old`: what follows it is not kept any more.',
        enum: RESET_REASONS,
      },
    }),
  },
  live: {
    description: 'The present state was told; what changes follows, and may repeat some of it.',
    data: objectOf({
      cut: {
        description: 'Types of which there is more than was told: ask the lists.',
        type: 'array',
        items: { enum: FEED_TYPES },
      },
    }),
  },
  execution: {
    description: 'An execution, as the list of executions has it.',
    data: jsonSchemaOf(ExecutionSummary, 'ignore'),
  },
  targets: {
    description:
      'Targets of an execution, as its list of targets has them, without output and owner.',
    data: withDefinitions(TargetItem, (item) =>
      objectOf({
        executionId: fieldOf(GetExecution, 'executionId'),
        items: { type: 'array', minItems: 1, maxItems: MAX_FEED_TARGETS, items: item },
      }),
    ),
  },
  'targets-ended': {
    description:
      'Targets that were ended without their owner: those of a range that had not ended.',
    data: objectOf({
      executionId: fieldOf(GetExecution, 'executionId'),
      first: { description: 'The first, in the order of the command, from 1.', ...ordinal() },
      last: { description: 'The last.', ...ordinal() },
      outcome: { description: 'How they ended.', enum: TARGET_OUTCOMES },
      code: { description: 'Why: an error code.', type: 'string' },
      startedAreLost: {
        description: 'Whether those that had an attempt are `lost` (`owner-lost`) instead.',
        type: 'boolean',
      },
    }),
  },
  stream: {
    description: 'A stream, as the list of streams has it.',
    data: jsonSchemaOf(StreamSummary, 'ignore'),
  },
  service: {
    description: 'A process that started or ended.',
    data: serviceSchema(),
  },
  index: {
    description: 'An index, as the list of indices has it.',
    data: jsonSchemaOf(IndexSummary, 'ignore'),
  },
};

/** As the list has it, without what it holds; and it tells of those that stopped. */
function serviceSchema(): JsonSchema {
  const { properties, required, ...schema } = jsonSchemaOf(ServiceItem, 'ignore') as ObjectSchema;
  const { holds: _, ...told } = properties;
  return {
    ...schema,
    properties: {
      ...told,
      state: { description: 'How it is.', enum: [...SERVICE_STATES, 'stopped'] },
      reason: { description: 'Why it is gone.', type: 'string' },
    },
    required: required.filter((name) => name !== 'holds'),
  };
}

interface ObjectSchema extends JsonSchema {
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly required: readonly string[];
}

/** A schema around that of a contract, whose definitions stand at the root. */
function withDefinitions(
  contract: Contract,
  around: (schema: JsonSchema) => JsonSchema,
): JsonSchema {
  const { $defs, ...schema } = jsonSchemaOf(contract, 'ignore');
  return { ...around(schema), $defs };
}

function objectOf(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: 'object', properties, required: Object.keys(properties) };
}

function ordinal(): JsonSchema {
  return { type: 'integer', minimum: 1 };
}
