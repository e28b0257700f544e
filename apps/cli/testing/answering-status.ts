import { BrokerServer, type Broker } from '#broker';
import {
  ListExecutionsAnswered,
  ListIndicesAnswered,
  ListServicesAnswered,
  ListStreamsAnswered,
  type ExecutionSummary,
  type IndexSummary,
  type PageRequest,
  type ServiceItem,
  type StreamSummary,
} from '#contracts';

/** What is in the record. */
export interface Recorded {
  readonly services?: readonly ServiceItem[];
  readonly executions?: readonly ExecutionSummary[];
  readonly streams?: readonly StreamSummary[];
  readonly indices?: readonly IndexSummary[];
  /** How far it is behind; default: status does not say. */
  readonly lagMs?: number;
}

type Question = PageRequest & { readonly state?: string; readonly service?: string };

/** Answers questions about the record as status would, page by page; close it. */
export async function answeringStatus(broker: Broker, recorded: Recorded): Promise<BrokerServer> {
  const { services = [], executions = [], streams = [], indices = [], lagMs } = recorded;
  const server = new BrokerServer(broker, { queues: [{ queue: 'status.queries' }] });
  const lag = lagMs !== undefined && { lagMs };
  const answers: Readonly<Record<string, (query: Question) => object>> = {
    'service.list': (query) =>
      Object.assign(new ListServicesAnswered(), pageOf(query, services), lag),
    'execution.list': (query) =>
      Object.assign(new ListExecutionsAnswered(), pageOf(query, executions)),
    'stream.list': (query) => Object.assign(new ListStreamsAnswered(), pageOf(query, streams)),
    'index.list': (query) => Object.assign(new ListIndicesAnswered(), pageOf(query, indices)),
  };
  for (const [type, answer] of Object.entries(answers)) {
    server.addHandler(type, async (query: Question) => answer(query), true);
  }
  await server.listen((error) => {
    if (error !== undefined) throw error as Error;
  });
  return server;
}

/** The cursor is how many items came before. */
function pageOf<T extends { readonly state: string; readonly service?: string }>(
  { state, service, limit, cursor = '0' }: Question,
  items: readonly T[],
): { readonly items: readonly T[]; readonly nextCursor?: string } {
  const asked = items.filter(
    (item) =>
      (state === undefined || item.state === state) &&
      (service === undefined || item.service === service),
  );
  const next = Number(cursor) + limit;
  return {
    items: asked.slice(Number(cursor), next),
    ...(next < asked.length && { nextCursor: String(next) }),
  };
}
