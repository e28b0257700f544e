import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { Broker } from '#broker';
import { GetStream, GetStreamAnswered, StartStream, StopStream, checkMessage } from '#contracts';
import { eventually } from '../../../tools/testing/eventually.ts';
import { silentLog } from '#runtime';

const ANSWER_TIMEOUT_MS = 10_000;
const PATIENCE_MS = 30_000;

/** Asks a mesh to follow streams, as an engineer does, and looks at what came of it. */
export class Streams {
  readonly #broker: Broker;
  readonly #store: Client;

  private constructor(broker: Broker, store: Client) {
    this.#broker = broker;
    this.#store = store;
  }

  static async open(amqpUrl: string, searchUrl: string): Promise<Streams> {
    const broker = new Broker({
      url: amqpUrl,
      service: 'cli',
      processId: randomUUID(),
      log: silentLog,
    });
    const store = new Client({ connectionString: searchUrl });
    broker.start();
    await store.connect();
    return new Streams(broker, store);
  }

  async start(command: object): Promise<void> {
    await this.#broker.publisher.publish(StartStream, checkMessage(StartStream, command));
  }

  async stop(streamId: string): Promise<void> {
    await this.#broker.publisher.publish(StopStream, checkMessage(StopStream, { streamId }));
  }

  async get(streamId: string): Promise<GetStreamAnswered> {
    const query = checkMessage(GetStream, { streamId });
    const options = { timeoutMs: ANSWER_TIMEOUT_MS };
    return (await this.#broker.requester.request(GetStream, query, options)) as GetStreamAnswered;
  }

  /** Resolves with the stream once the record shows it in this state. */
  async until(
    streamId: string,
    state: GetStreamAnswered['state'],
    also: (stream: GetStreamAnswered) => boolean = () => true,
  ): Promise<GetStreamAnswered> {
    let last: GetStreamAnswered | undefined;
    const look = async (): Promise<GetStreamAnswered | false> => {
      last = await this.get(streamId);
      return last.state === state && also(last) && last;
    };
    return eventually(`stream ${streamId} is ${state}`, look, PATIENCE_MS).catch(
      (cause: unknown) => {
        throw new Error(`it is ${JSON.stringify(last)}`, { cause });
      },
    );
  }

  /** What an index holds, in no order: each document once for every id. */
  async stored(index: string): Promise<unknown[]> {
    const { rows } = await this.#store.query<{ document: unknown }>(
      'select document from indexer.documents where index = $1',
      [index],
    );
    return rows.map(({ document }) => document);
  }

  async untilStored(index: string, count: number): Promise<void> {
    await eventually(
      `${count} documents in ${index}`,
      async () => (await this.stored(index)).length >= count,
      PATIENCE_MS,
    );
  }

  async close(): Promise<void> {
    await this.#store.end();
    await this.#broker.close();
  }
}
