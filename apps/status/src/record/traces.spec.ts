import { describe, expect, it } from '@jest/globals';
import { CancelTask, ExecutionFinished, RunTask, StatusTick, StopStream } from '#contracts';
import { EXECUTION, STREAM, STREAM_KEY, hosts, start } from '../../testing/messages.js';
import { RecordInMemory } from '../../testing/record-in-memory.js';
import { progressOf } from './executions/progress.js';
import { apply } from './apply.js';

const SPAN = {
  run: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  cancel: '00-1bf7651916cd43dd8448eb211c80319c-c7ad6b7169203331-01',
  start: '00-2cf7651916cd43dd8448eb211c80319c-d7ad6b7169203331-01',
  again: '00-3df7651916cd43dd8448eb211c80319c-e7ad6b7169203331-01',
};
const PROCESS = '4b7f7d6e-0d0c-4a53-8a35-55f1c0a1f9e1';

function run(record: RecordInMemory, policy: object = {}) {
  const body = { executionId: EXECUTION, plugin: 'ssh', targets: hosts(2), policy };
  return record.message(RunTask, body, { traceparent: SPAN.run });
}

describe('the trace of', () => {
  it('an answer is that of its question, also in one batch with others', () => {
    const record = new RecordInMemory();
    const cancel = record.message(
      CancelTask,
      { executionId: EXECUTION },
      { traceparent: SPAN.cancel },
    );
    const { replies } = record.apply(run(record), cancel);
    const answered = new Set(replies.map(({ traceparent }) => traceparent));
    expect(answered).toEqual(new Set([SPAN.run, SPAN.cancel]));
  });

  it.each([
    [
      'is cancelled in another',
      (record: RecordInMemory) =>
        record.message(CancelTask, { executionId: EXECUTION }, { traceparent: SPAN.cancel }),
    ],
    [
      'is out of time, which a tick says',
      (record: RecordInMemory) =>
        record.message(StatusTick, { processId: PROCESS, at: record.nowMs + 2_000 }),
    ],
  ])('what is said of an execution is that of its command, when it %s', (_, ending) => {
    const record = new RecordInMemory();
    record.apply(run(record, { startWithinMs: 1_000 }));
    const told = record.apply(ending(record));
    expect(told.announcements).toMatchObject([
      { contract: ExecutionFinished, traceparent: SPAN.run },
    ]);
    expect(told.ended).toMatchObject([{ traceparent: SPAN.run }]);
  });

  it('the progress of an execution is that of its command, too', () => {
    const record = new RecordInMemory();
    record.apply(run(record));
    const cancel = record.message(CancelTask, { executionId: EXECUTION });
    apply(record.set, [cancel], { nowMs: record.nowMs, requireUser: false });
    expect(progressOf(record.set).get(EXECUTION)).toMatchObject({ traceparent: SPAN.run });
  });

  it('a stream is that of its newest start', () => {
    const record = new RecordInMemory();
    start(record, {}, { traceparent: SPAN.start });
    expect(record.lease(STREAM_KEY)).toMatchObject({ traceparent: SPAN.start });
    start(record, {}, { traceparent: SPAN.again });
    const told = record.tell(StopStream, { streamId: STREAM }, { traceparent: SPAN.cancel });
    expect(told.announcements).toMatchObject([{ traceparent: SPAN.again }]);
    start(record);
    expect(record.lease(STREAM_KEY)).toMatchObject({ traceparent: null });
  });
});
