import { Field } from '../fields/field.js';
import { rule } from '../fields/rule.js';
import { command } from '../registry/definition.js';
import { isIndexDocument, type IndexDocument } from './documents.js';

/** Documents on their way to their indexes. Travels as NDJSON, not as JSON. */
export class IndexDocuments {
  @Field(
    'One document or more; each an action line `{"create":{"_index":…,"_id":…}}` and the document.',
  )
  @IsDocuments()
  readonly documents!: readonly IndexDocument[];
}

export const indexDocuments = command({
  type: 'document.index',
  contract: IndexDocuments,
  contentType: 'application/x-ndjson',
  queues: ['indexer.documents'],
  record: false,
  from: 'streamer, task-runner, people',
  readBy: 'indexer',
  summary: 'Put documents into indexes; one that is there already is left as it is.',
  examples: [
    {
      documents: [
        {
          index: 'edge-access-2025.11.24',
          id: 'zX8mFf0c4Jk3pYh2nT1QyA',
          source: Buffer.from(
            '{"time":"2025-11-24T16:00:00.000Z","level":"error","message":"upstream timed out"}',
          ),
        },
      ],
    },
  ],
});

function IsDocuments(): PropertyDecorator {
  return rule({
    name: 'isDocuments',
    validate: (value) => Array.isArray(value) && value.length >= 1 && value.every(isIndexDocument),
    expects:
      'must be a list of documents, each with index, id and a JSON object on one line as source',
    schema: { type: 'array', minItems: 1 },
  });
}
