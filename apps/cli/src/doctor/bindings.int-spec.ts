import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DeadQueues } from '../../testing/dead-queues.ts';
import { bindingFindings } from './binding-findings.js';
import { lookAtBindings, type Bindings } from './bindings.js';
import { Hints } from './hints.js';
import { Management } from './management.js';

jest.setTimeout(30_000);

describe('the bindings on a broker', () => {
  let queues: DeadQueues;
  beforeAll(async () => {
    queues = await DeadQueues.declared();
  });
  afterAll(async () => {
    await queues[Symbol.asyncDispose]();
  });

  const look = (url = queues.address.managementUrl): Promise<Bindings> =>
    lookAtBindings(new Management(url, queues.address.vhost), new AbortController().signal);
  const findings = async () => {
    const { vhost } = queues.address;
    const hints = new Hints({ vhost, mesh: undefined, workingDirectory: '/' });
    return bindingFindings(await look(), hints);
  };

  it('are those of the contracts; one that is missing and one that is foreign is found, and what to type mends it', async () => {
    expect(await findings()).toMatchObject([{ state: 'ok' }]);
    const channel = await queues.broker.openChannel('consume');
    await channel.raw.unbindQueue('indexer.documents', 'signalbox.commands', 'document.index');
    await channel.raw.bindQueue('status.record', 'signalbox.events', 'target.output.#');
    const found = await findings();
    expect(found.map(({ says }) => says)).toEqual([
      expect.stringContaining('foreign: signalbox.events -> status.record by target.output.#;'),
      expect.stringContaining('missing: signalbox.commands -> indexer.documents by document.index'),
    ]);
    await queues.deleteByApi(found[0]!.next!.split('/api/')[1]!);
    await channel.raw.bindQueue('indexer.documents', 'signalbox.commands', 'document.index');
    await channel.close();
    expect(await findings()).toMatchObject([{ state: 'ok' }]);
  });

  it('of a queue that is not there are not looked at', async () => {
    const { count } = await look();
    const channel = await queues.broker.openChannel('consume');
    await channel.raw.deleteQueue('streamer.work');
    await channel.close();
    expect(await look()).toEqual({ count: count - 1, drift: [] });
  });

  it('cannot be seen where nobody listens, and by a wrong user', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, 'close');
    await expect(look(`http://127.0.0.1:${port}`)).rejects.toThrow(
      /does not answer .*ECONNREFUSED/,
    );
    const wrong = new URL(queues.address.managementUrl);
    wrong.password = 'wrong';
    await expect(look(wrong.href)).rejects.toThrow('this user may not ask');
  });
});
