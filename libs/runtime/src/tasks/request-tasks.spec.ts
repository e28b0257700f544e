import { ServiceUnavailableException, type ExecutionContext } from '@nestjs/common';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Deferred, ManualClock } from '#supervisor';
import { from, lastValueFrom } from 'rxjs';
import { silentLog } from '../logging/silent-log.js';
import { RequestTasks } from './request-tasks.js';

let clock: ManualClock;
let requests: RequestTasks;

beforeEach(() => {
  clock = new ManualClock();
  requests = new RequestTasks(silentLog, clock);
});

/** Takes a request whose handler gives this answer. */
function take(answer: Promise<unknown>): Promise<unknown> {
  const request = { method: 'GET', path: '/v1/streams' };
  const context = { switchToHttp: () => ({ getRequest: () => request }) };
  const handler = { handle: () => from(answer) };
  return lastValueFrom(requests.intercept(context as unknown as ExecutionContext, handler));
}

describe('a request', () => {
  it('is a task as long as its handler runs', async () => {
    const answer = new Deferred<string>();
    const answered = take(answer.promise);
    expect(requests.supervisor.inspect().tasks).toMatchObject([{ name: 'GET /v1/streams' }]);
    answer.resolve('streams');
    expect(await answered).toBe('streams');
    expect(requests.supervisor.inspect().tasks).toEqual([]);
  });

  it('fails as its handler does', async () => {
    const error = new Error('not found');
    await expect(take(Promise.reject(error))).rejects.toBe(error);
  });

  it('is answered after a minute, whatever its handler does', async () => {
    const answered = take(new Deferred().promise).catch((error: unknown) => error);
    await clock.advanceAsync(60_100);
    expect(await answered).toBeInstanceOf(ServiceUnavailableException);
    expect(requests.supervisor.inspect().tasks).toMatchObject([{ state: 'stuck' }]);
  });

  it('is refused beyond the limit, and at the end', async () => {
    const answers = Array.from({ length: 200 }, () => take(Promise.resolve()));
    await expect(take(Promise.resolve())).rejects.toThrow('200 requests run already');
    await Promise.all(answers);
    await requests.supervisor.close();
    await expect(take(Promise.resolve())).rejects.toThrow('closing');
  });
});
