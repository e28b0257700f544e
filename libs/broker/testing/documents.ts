import type { IndexDocuments } from '#contracts';
import type { Broker } from '../src/broker.js';

/** Publishes one document with this id, as a message of its own. */
export function publishDocument(broker: Broker, id: string): Promise<void> {
  const document = { index: 'lines', id, source: Buffer.from('{"n":1}') };
  return broker.publisher.publishDocuments([document]);
}

/** The id of the document that a message brought. */
export function idOf({ documents }: IndexDocuments): string {
  return String(documents[0]?.id);
}
