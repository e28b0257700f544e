import { BrokerServer, type Broker } from '#broker';
import {
  ListExecutionsAnswered,
  ListIndicesAnswered,
  ListServicesAnswered,
  ListStreamsAnswered,
  type IndexSummary,
  type ListIndices,
} from '#contracts';

/** Answers questions about the record as status would, with these indices and nothing else; close it. */
export async function answeringStatus(
  broker: Broker,
  indices: readonly IndexSummary[],
): Promise<BrokerServer> {
  const server = new BrokerServer(broker, { queues: [{ queue: 'status.queries' }] });
  const empty = { items: [] };
  const answers: Readonly<Record<string, (query: ListIndices) => object>> = {
    'service.list': () => Object.assign(new ListServicesAnswered(), empty),
    'execution.list': () => Object.assign(new ListExecutionsAnswered(), empty),
    'stream.list': () => Object.assign(new ListStreamsAnswered(), empty),
    'index.list': (query) => pageOf(query, indices),
  };
  for (const [type, answer] of Object.entries(answers)) {
    server.addHandler(type, async (query: ListIndices) => answer(query), true);
  }
  await server.listen((error) => {
    if (error !== undefined) throw error as Error;
  });
  return server;
}

/** The cursor is how many indices came before. */
function pageOf(
  { state, limit, cursor = '0' }: ListIndices,
  indices: readonly IndexSummary[],
): ListIndicesAnswered {
  const asked = indices.filter((item) => state === undefined || item.state === state);
  const next = Number(cursor) + limit;
  return Object.assign(new ListIndicesAnswered(), {
    items: asked.slice(Number(cursor), next),
    ...(next < asked.length && { nextCursor: String(next) }),
  });
}
