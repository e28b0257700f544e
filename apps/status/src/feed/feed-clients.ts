import type { ServerResponse } from 'node:http';
import { DependencyUnavailableError } from '#contracts';
import { logTasks } from '#broker';
import type { Logger } from '#runtime';
import { Supervisor, SupervisorClosedError, type Outcome } from '#supervisor';
import { EventStream, SlowClientError } from './event-stream.js';
import { FeedClient, type FeedRequest, type FeedSource } from './feed-client.js';
import type { FeedLog } from './feed-log.js';
import type { FeedClientEnding, FeedMetrics } from './feed-metrics.js';

const NAME = 'feed clients';

/** How many watch the feed of one process at once. */
const MAX_FEED_CLIENTS = 200;

/** What clients are served with. */
export interface FeedClientsParts {
  readonly source: FeedSource;
  readonly log: Pick<FeedLog, 'watch'>;
  readonly metrics: Pick<FeedMetrics, 'clients' | 'clientEnded'>;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Default: 200. */
  readonly maxClients?: number;
  /** A client that takes nothing for so long is dropped. Default: 15 s. */
  readonly slowAfterMs?: number;
}

/** Everybody who watches the feed: each a task, so many at once. */
export class FeedClients {
  /** For the task registry. */
  readonly supervisor: Supervisor;
  private readonly limit: number;

  constructor(private readonly parts: FeedClientsParts) {
    this.limit = parts.maxClients ?? MAX_FEED_CLIENTS;
    this.supervisor = new Supervisor({
      name: NAME,
      limit: this.limit,
      closeTimeoutMs: 1_000,
      onOutcome: (outcome, { name }) => this.ended(name, outcome),
      ...logTasks(parts.logger, NAME),
    });
  }

  /**
   * Tells a client until it leaves; returns at once. Throws a `DependencyUnavailableError` when there are too many, or this status
   * stops: every other one has the same feed.
   */
  serve(name: string, response: ServerResponse, request: FeedRequest): void {
    const task = this.supervisor.trySpawn(name, ({ signal }) =>
      this.tell(response, request, signal),
    );
    if (typeof task !== 'string') {
      response.once('close', () => task.cancel('the client left'));
      return;
    }
    if (task === 'full') this.parts.metrics.clientEnded('refused');
    const why =
      task === 'full' ? `${this.limit} clients watch the feed already` : 'this status stops';
    throw new DependencyUnavailableError(`${why}: ask another one, or later`);
  }

  /** Ends all of them in order: they connect again, to another status, with their ids. Takes none from then on. */
  async close(): Promise<void> {
    await this.supervisor.close();
  }

  private async tell(
    response: ServerResponse,
    request: FeedRequest,
    signal: AbortSignal,
  ): Promise<void> {
    const { source, log, metrics, slowAfterMs } = this.parts;
    const stream = new EventStream(response, slowAfterMs);
    const forget = log.watch();
    metrics.clients(+1);
    try {
      stream.open();
      await new FeedClient(stream, source, request).run(signal);
    } catch (error) {
      if (error instanceof SlowClientError) response.destroy();
      throw error;
    } finally {
      response.end();
      metrics.clients(-1);
      forget();
    }
  }

  private ended(client: string, outcome: Outcome): void {
    const { metrics, logger } = this.parts;
    const ending = endingOf(outcome);
    metrics.clientEnded(ending);
    if (outcome.status !== 'failed') return;
    const { error: err } = outcome;
    if (ending === 'slow') logger.info({ client, err }, 'feed client dropped: too slow');
    else logger.error({ client, err }, 'feed client failed');
  }
}

function endingOf(outcome: Outcome): FeedClientEnding {
  if (outcome.status === 'failed') {
    return outcome.error instanceof SlowClientError ? 'slow' : 'failed';
  }
  const isClosed =
    outcome.status === 'cancelled' && outcome.reason instanceof SupervisorClosedError;
  return isClosed ? 'closing' : 'left';
}
