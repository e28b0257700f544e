import {
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  ServiceUnavailableException,
} from '@nestjs/common';
import { logTasks } from '#broker';
import { type Clock, Supervisor } from '#supervisor';
import type { Request } from 'express';
import { from, lastValueFrom, type Observable } from 'rxjs';
import type { Logger } from '../logging/logger.js';

const NAME = 'http requests';

/** Far more than people and scrapers ask at once. */
const LIMIT = 200;

/** Longer than anybody waits for an answer. */
const DEADLINE_MS = 60_000;

/** A request that still runs at the end of the process has had all the time of the stop. */
const CLOSE_TIMEOUT_MS = 100;

/**
 * Runs the handler of every HTTP request as a task, named as the request line. One that is refused or takes longer than a
 * minute is answered by 503.
 */
export class RequestTasks implements NestInterceptor {
  readonly supervisor: Supervisor;

  constructor(log: Logger, clock: Clock) {
    this.supervisor = new Supervisor({
      name: NAME,
      limit: LIMIT,
      closeTimeoutMs: CLOSE_TIMEOUT_MS,
      clock,
      ...logTasks(log, NAME),
    });
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { method, path } = context.switchToHttp().getRequest<Request>();
    return from(this.run(`${method} ${path}`, () => lastValueFrom(next.handle())));
  }

  private async run(name: string, handle: () => Promise<unknown>): Promise<unknown> {
    const task = this.supervisor.trySpawn(name, handle, { runDeadlineMs: DEADLINE_MS });
    if (typeof task === 'string') {
      throw new ServiceUnavailableException(
        task === 'full' ? `${LIMIT} requests run already: ask again` : 'the service is closing',
      );
    }
    const outcome = await task.outcome;
    if (outcome.status === 'succeeded') return outcome.value;
    if (outcome.status === 'failed') throw outcome.error;
    throw new ServiceUnavailableException(outcome.reason.message, { cause: outcome.reason });
  }
}
