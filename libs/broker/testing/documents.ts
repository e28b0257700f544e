import type { Broker, PublishOptions } from '#broker';
import type { IndexDocuments } from '#contracts';

/** Publishes one document with this id, as a message of its own. */
export function publishDocument(
  broker: Broker,
  id: string,
  options?: PublishOptions,
): Promise<void> {
  const document = { index: 'lines', id, source: Buffer.from('{"n":1}') };
  return broker.publisher.publishDocuments([document], options);
}

/** The id of the document that a message brought. */
export function idOf({ documents }: IndexDocuments): string {
  return String(documents[0]?.id);
}
