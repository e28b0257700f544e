import { describe, expect, it } from '@jest/globals';
import {
  CommandAccepted,
  CommandRejected,
  StopStream,
  StreamCheckpointed,
  StreamStopped,
} from '#contracts';
import { RecordInMemory } from '../../../testing/record-in-memory.js';
import {
  STREAM,
  STREAM_KEY,
  acquire,
  expire,
  instance,
  request,
  start,
  streamReport,
  streamStopped,
} from '../../../testing/messages.js';

function stop(record: RecordInMemory, envelope: object = {}) {
  return record.tell(StopStream, { streamId: STREAM }, envelope);
}

function following(): RecordInMemory {
  const record = new RecordInMemory();
  start(record, {}, { messageId: 'start-1' });
  acquire(record, STREAM_KEY);
  return record;
}

describe('S2: stream.start', () => {
  it('records the stream and makes it due', () => {
    const record = new RecordInMemory();
    expect(start(record).replies).toMatchObject([
      { contract: CommandAccepted, body: { id: STREAM } },
    ]);
    expect(record.dispatch()).toEqual([{ key: STREAM_KEY, epoch: 1 }]);
    expect(record.lease(STREAM_KEY)).toMatchObject({ startNumber: 1, wanted: true, state: 'idle' });
  });

  it('of a queued stream brings newer settings: same epoch, same offer', () => {
    const record = new RecordInMemory();
    start(record);
    record.dispatch();
    start(record, { index: 'elsewhere' });
    expect(record.dispatch()).toEqual([]);
    expect(record.lease(STREAM_KEY)).toMatchObject({
      epoch: 1,
      startNumber: 2,
      settings: { index: 'elsewhere' },
      revoked: false,
    });
  });

  it('of a followed stream revokes its lease until the epoch changes', () => {
    const record = following();
    start(record, { index: 'elsewhere' });
    expect(record.lease(STREAM_KEY)).toMatchObject({ epoch: 1, revoked: true });
    expire(record, STREAM_KEY, 1, instance(1));
    expect(record.lease(STREAM_KEY)).toMatchObject({ epoch: 2, revoked: false, due: true });
  });

  it('of a stopped stream begins it again in the next epoch, at its position', () => {
    const record = following();
    const position = { by: 'time', time: 5_000 };
    record.tell(StreamStopped, streamReport(1, 1, { state: 'stopped', position }));
    start(record);
    expect(record.dispatch()).toEqual([{ key: STREAM_KEY, epoch: 2 }]);
    expect(acquire(record, STREAM_KEY, instance(1), request(2)).replies).toMatchObject([
      { body: { epoch: 2, stream: { position } } },
    ]);
  });

  it('that is repeated, late and under its old message id, does not revive a stopped stream', () => {
    const record = following();
    stop(record);
    streamStopped(record, 1, 1);
    const { replies, due } = start(record, {}, { messageId: 'start-1' });
    expect(replies).toMatchObject([{ contract: CommandAccepted }]);
    expect(due).toBe(false);
    expect(record.lease(STREAM_KEY)).toMatchObject({ closed: true, startNumber: 1 });
  });

  it('with other content under a known message id is refused', () => {
    const record = following();
    const { replies } = start(record, { index: 'elsewhere' }, { messageId: 'start-1' });
    expect(replies).toMatchObject([{ contract: CommandRejected, body: { code: 'id-reused' } }]);
    expect(record.lease(STREAM_KEY)).toMatchObject({ settings: { index: 'edge-access' } });
  });

  it('clears a stop that the owner has not heard yet', () => {
    const record = following();
    stop(record);
    start(record);
    expect(record.lease(STREAM_KEY)).toMatchObject({ mark: null, revoked: true, wanted: true });
  });
});

describe('S6: stream.stop', () => {
  it('of a queued stream closes it, and watchers hear of it', () => {
    const record = new RecordInMemory();
    start(record);
    expect(stop(record).announcements).toMatchObject([
      { contract: StreamStopped, body: { key: STREAM_KEY, epoch: 1, state: 'stopped' } },
    ]);
    expect(record.lease(STREAM_KEY)).toMatchObject({
      closed: true,
      due: false,
      wanted: false,
      state: 'stopped',
    });
  });

  it('of a followed stream marks it; its owner ends it', () => {
    const record = following();
    stop(record);
    expect(record.lease(STREAM_KEY)).toMatchObject({
      closed: false,
      mark: { outcome: 'cancelled' },
    });
    streamStopped(record, 1, 1);
    expect(record.lease(STREAM_KEY)).toMatchObject({ closed: true, state: 'stopped' });
  });

  it('of a stream whose owner vanishes before it could stop closes it then', () => {
    const record = following();
    stop(record);
    expire(record, STREAM_KEY, 1, instance(1));
    expect(record.lease(STREAM_KEY)).toMatchObject({ closed: true, state: 'stopped', epoch: 1 });
  });

  it('of an unknown stream is refused and not remembered', () => {
    const record = new RecordInMemory();
    expect(stop(record).replies).toMatchObject([
      { contract: CommandRejected, body: { code: 'not-found' } },
    ]);
    start(record);
    expect(record.lease(STREAM_KEY).due).toBe(true);
  });
});

describe('S5: what the owner of a stream says', () => {
  it('stopped, where a newer start waits, counts as released', () => {
    const record = following();
    start(record, { index: 'elsewhere' });
    streamStopped(record, 1, 1);
    expect(record.dispatch()).toEqual([{ key: STREAM_KEY, epoch: 2 }]);
    expect(record.lease(STREAM_KEY)).toMatchObject({
      closed: false,
      revoked: false,
      wanted: true,
      state: 'idle',
    });
  });

  it('stopped, where a stop came after the newer start, closes it', () => {
    const record = following();
    start(record, { index: 'elsewhere' });
    stop(record);
    streamStopped(record, 1, 1);
    expect(record.lease(STREAM_KEY)).toMatchObject({ closed: true });
  });

  it('a checkpoint moves the position and clears the counter of vanished owners', () => {
    const record = following();
    expire(record, STREAM_KEY, 1, instance(1));
    acquire(record, STREAM_KEY, instance(2), request(2));
    const position = { by: 'bytes', etag: 'a', offset: 7 };
    record.tell(StreamCheckpointed, streamReport(2, 1, { position }));
    expect(record.lease(STREAM_KEY)).toMatchObject({ position, takeovers: 0 });
  });

  it('counts what each epoch did, and keeps the largest of an epoch', () => {
    const record = following();
    const counted = (epoch: number, seq: number, documents: number) =>
      record.tell(
        StreamCheckpointed,
        streamReport(epoch, seq, {
          counters: { documents, bytes: 0, reconnects: 0, rejected: 0 },
        }),
      );
    counted(1, 1, 10);
    counted(1, 2, 30);
    counted(1, 1, 10);
    expire(record, STREAM_KEY, 1, instance(1));
    acquire(record, STREAM_KEY, instance(2), request(2));
    counted(2, 1, 5);
    expect(record.lease(STREAM_KEY)).toMatchObject({
      counters: { documents: 5 },
      countersBefore: { documents: 30 },
    });
  });

  it('of a former epoch changes nothing', () => {
    const record = following();
    expire(record, STREAM_KEY, 1, instance(1));
    expect(streamStopped(record, 1, 1).superseded).toBe(1);
    expect(record.lease(STREAM_KEY)).toMatchObject({ closed: false, epoch: 2, state: 'lost' });
  });
});
