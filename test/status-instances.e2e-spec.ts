import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ListServices, type ListServicesAnswered } from '#contracts';
import { eventually } from '../tools/testing/eventually.ts';
import type { ServiceProcess } from '../tools/testing/service-process.ts';
import { StatusUnderTest } from './status-under-test.ts';

jest.setTimeout(90_000);

/** Longer than the ten seconds in which whoever took over declares nobody gone. */
const LOST_WITHIN_MS = 30_000;

describe('service.list', () => {
  let status: StatusUnderTest;
  /** Every other status that a test started. */
  const others: ServiceProcess[] = [];

  beforeAll(async () => {
    status = await StatusUnderTest.open();
    await status.ready();
  });

  afterAll(async () => {
    await Promise.all(others.map((other) => other.kill()));
    await status?.close();
  });

  /** The state of each status process that the list shows. */
  async function states(): Promise<Record<string, string>> {
    const list = (await status.ask(ListServices, { service: 'status' })) as ListServicesAnswered;
    return Object.fromEntries(list.items.map(({ processId, state }) => [processId, state]));
  }

  /** Starts one more status; resolves with it and its process id once the list shows it. */
  async function another(): Promise<{ service: ServiceProcess; processId: string }> {
    const before = await states();
    const service = status.startService();
    others.push(service);
    await service.ready();
    const processId = await eventually('the list shows it', async () =>
      Object.keys(await states()).find((id) => before[id] === undefined),
    );
    return { service, processId };
  }

  async function untilState(processId: string, state: string | undefined): Promise<void> {
    const isSo = async () => (await states())[processId] === state;
    await eventually(`the list says ${state} of ${processId}`, isSo, LOST_WITHIN_MS);
  }

  it('shows a status that was killed as lost: first one that waited, then the one that kept the record', async () => {
    const [active = ''] = await eventually('the first is known', async () => {
      const known = Object.keys(await states());
      return known.length === 1 && known;
    });
    const waiting = await another();
    expect(await states()).toEqual({ [active]: 'alive', [waiting.processId]: 'alive' });

    await waiting.service.kill();
    await untilState(waiting.processId, 'lost');

    const next = await another();
    await status.service.kill();
    await untilState(active, 'lost');
    expect(await states()).toEqual({
      [active]: 'lost',
      [waiting.processId]: 'lost',
      [next.processId]: 'alive',
    });
  });

  it('no longer shows a status that stopped in good order', async () => {
    const { service, processId } = await another();
    expect((await states())[processId]).toBe('alive');
    expect(await service.stop()).toBe(0);
    await untilState(processId, undefined);
  });
});
