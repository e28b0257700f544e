import { describe, expect, it } from '@jest/globals';
import {
  CancelTask,
  DependencyUnavailableError,
  ExecutionFinished,
  InvalidMessageError,
  StreamStopped,
  StopStream,
  type Contract,
} from '#contracts';
import { UnroutableError, composeMessage, type PublishOptions } from '#broker';
import { EXECUTION, STREAM, run, start } from '../../testing/messages.js';
import { RecordInMemory } from '../../testing/record-in-memory.js';
import { silentLog } from '#runtime';
import type { WorkingSet } from '../record/working-set.js';
import { OutsideTeller } from './outside-teller.js';

/** What a batch that cancels an execution and stops a stream leaves to be told. */
function committed(): WorkingSet {
  const record = new RecordInMemory();
  run(record, 1);
  start(record);
  const { set } = record;
  const told = record.apply(
    record.message(CancelTask, { executionId: EXECUTION }),
    record.message(StopStream, { streamId: STREAM }),
  );
  set.effects.replies.push(...told.replies);
  set.effects.announcements.push(...told.announcements);
  set.effects.due = true;
  return set;
}

function telling(
  publish: (contract: Contract, body: object, options?: PublishOptions) => Promise<void>,
) {
  const heard = { woken: 0, taken: 0 };
  const teller = new OutsideTeller(
    { publish: publish as never },
    { wake: () => void (heard.woken += 1) },
    { take: () => void (heard.taken += 1) },
    silentLog,
  );
  return { teller, heard };
}

describe('what a committed batch owes to the outside', () => {
  it('is confirmed answers and endings; the rest is left to the dispatcher and to the news', async () => {
    const published: [Contract, string | undefined][] = [];
    const { teller, heard } = telling((contract, _, options) => {
      published.push([contract, options?.address]);
      return Promise.resolve();
    });
    const set = committed();
    expect(set.effects.announcements.map(({ contract }) => contract)).toContain(StreamStopped);
    await teller.tell(set);
    expect(published.map(([, address]) => address)).toEqual(['asker', 'asker', undefined]);
    expect(published.map(([contract]) => contract)).toContain(ExecutionFinished);
    // It comes back through the queue that this process reads: waiting for room there would be for ever.
    expect(published.map(([contract]) => contract)).not.toContain(StreamStopped);
    expect(heard).toEqual({ woken: 1, taken: 1 });
  });

  it('forgets the answer of an asker that is gone', async () => {
    const { teller } = telling((contract, body) =>
      Promise.reject(
        new UnroutableError(
          composeMessage(contract, body, { appId: 'status' }, { address: 'asker' }),
        ),
      ),
    );
    const set = committed();
    set.effects.announcements.splice(0);
    await expect(teller.tell(set)).resolves.toBeUndefined();
  });

  it('is not held up by a message that can never be sent', async () => {
    const { teller } = telling(() =>
      Promise.reject(new InvalidMessageError('too-large', 'the answer is too large')),
    );
    await expect(teller.tell(committed())).resolves.toBeUndefined();
  });

  it('is told again with the whole batch when the broker does not take it', async () => {
    const { teller } = telling(() => Promise.reject(new DependencyUnavailableError('closed')));
    await expect(teller.tell(committed())).rejects.toThrow('closed');
  });
});
