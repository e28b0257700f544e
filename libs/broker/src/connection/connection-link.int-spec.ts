import { getEventListeners, once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { DependencyUnavailableError } from '#contracts';
import { sleep, turn } from '#supervisor';
import { eventually } from '../../../../tools/testing/eventually.ts';
import { Brokers } from '../../testing/brokers.js';
import { Management } from '../../testing/management.js';
import { RecordedLog } from '../../testing/recorded-log.js';
import { TcpProxy } from '../../testing/tcp-proxy.js';
import { NO_METRICS, type BrokerMetrics } from '../broker-metrics.js';
import { BrokerTasks } from '../broker-tasks.js';
import { ConnectionLink } from './connection-link.js';

describe('a connection to the broker', () => {
  let brokers: Brokers;
  let proxy: TcpProxy;
  const links: ConnectionLink[] = [];
  const tasks = new BrokerTasks(new RecordedLog());

  beforeAll(async () => {
    brokers = await Brokers.fresh();
    proxy = await TcpProxy.to(brokers.url);
  });
  afterEach(async () => {
    await Promise.all(links.splice(0).map((link) => link.close()));
  });
  afterAll(async () => {
    await tasks.close();
    await proxy[Symbol.asyncDispose]();
    await brokers[Symbol.asyncDispose]();
  });

  function link(
    url: string,
    connectTimeoutMs?: number,
    log = new RecordedLog(),
    metrics: BrokerMetrics = NO_METRICS,
  ): ConnectionLink {
    const made = new ConnectionLink({
      role: 'publish',
      endpoint: { url },
      connectionName: 'test',
      heartbeatSeconds: 1,
      ...(connectTimeoutMs !== undefined && { connectTimeoutMs }),
      tasks,
      log,
      metrics,
    });
    links.push(made);
    made.start();
    return made;
  }

  const wrong = (part: 'port' | 'password' | 'pathname', value: string): string => {
    const url = new URL(brokers.url);
    url[part] = value;
    return url.href;
  };

  it.each([
    ['a refused port', () => wrong('port', '1'), /:1 .+: nothing listens there; start RabbitMQ/],
    [
      'a wrong password',
      () => wrong('password', 'SESAME'),
      /the user or password was refused; check the user in AMQP_URL/,
    ],
    [
      'a vhost that does not exist',
      () => wrong('pathname', '/nowhere'),
      /\(vhost nowhere\): the vhost does not exist.+rabbitmqctl add_vhost/,
    ],
    ['a URL that is none', () => 'nonsense', /at \(not a URL\): .*Invalid URL/],
  ])('says of %s what to do, at once when asked to try once', async (_, url, text) => {
    const broker = brokers.begin({ url: url(), connectAttempts: 1 });
    const failure: unknown = await broker.ready().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DependencyUnavailableError);
    expect(String(failure)).toMatch(text);
    expect(String(failure)).not.toContain('SESAME');
    await broker.close();
  });

  it.each([
    ['reserved characters', ':/?#[]@!$&\'()*+,;= "\\^`{|}'],
    ['a percent sign', '100% %41'],
    ['letters beyond ASCII', 'pässwörd-密码-🔑'],
  ])('logs in as a user with %s in name and password', async (_, suffix) => {
    const may = { configure: '.*', write: '.*', read: '.*' };
    const user = await new Management(brokers.server).userWho(brokers.url, may, suffix);
    const broker = brokers.begin({ url: user.url, connectAttempts: 1 });
    await broker.ready();
    expect(broker.user).toBe(user.name);
    await broker.close();
    await user.forget();
  });

  it('gives up a server that accepts and says nothing', async () => {
    const silent = await TcpProxy.to(brokers.url);
    silent.freeze();
    const silence = link(silent.through(brokers.url), 100);
    await expect(silence.whenUp(undefined, 1)).rejects.toThrow(/no answer in time/);
    await silent[Symbol.asyncDispose]();
  });

  it('can be closed while it connects: whoever waits is told, and no socket is left', async () => {
    const silent = await TcpProxy.to(brokers.url);
    silent.freeze();
    const silence = link(silent.through(brokers.url));
    const waiting = silence.whenUp();
    await eventually('the client connects', () => silent.open === 1);
    await Promise.all([expect(waiting).rejects.toThrow(/closed by this process/), silence.close()]);
    await eventually('the socket is closed', () => silent.open === 0);
    await expect(silence.whenUp()).rejects.toThrow(/closed by this process/);
    await silent[Symbol.asyncDispose]();
  });

  it('can be closed while the broker is frozen, and leaves no socket', async () => {
    const frozen = await TcpProxy.to(brokers.url);
    const broker = await brokers.open({ url: frozen.through(brokers.url) });
    frozen.freeze();
    await expect(broker.close()).resolves.toBeUndefined();
    await frozen[Symbol.asyncDispose]();
  }, 10_000);

  it('notices a frozen peer after three heartbeats, and leaves no socket', async () => {
    const frozen = await TcpProxy.to(brokers.url);
    const watching = link(frozen.through(brokers.url));
    const { lost } = await watching.whenUp();
    frozen.freeze();
    await eventually('it is noticed', () => lost.aborted);
    expect(String(lost.reason)).toMatch(/was lost: Heartbeat timeout/);
    await watching.close();
    await eventually('the socket is closed', () => frozen.open === 0);
    await frozen[Symbol.asyncDispose]();
  }, 20_000);

  it('can be closed at any moment of a reconnect, and leaves no connection', async () => {
    for (let turns = 0; turns < 40; turns += 1) {
      const flapping = link(proxy.through(brokers.url));
      await flapping.whenUp();
      proxy.cut();
      for (let made = 0; made < turns; made += 1) await turn();
      await flapping.close();
    }
    await eventually('every socket is closed', () => proxy.open === 0);
    expect(links.map(({ live }) => live)).toEqual(links.map(() => undefined));
  });

  it('comes back at once after a loss, and never hands out a connection that is gone', async () => {
    const log = new RecordedLog();
    const flapping = link(proxy.through(brokers.url), undefined, log);
    const before = await flapping.whenUp();
    const lost = once(before.lost, 'abort');
    proxy.cut();
    await lost;
    expect(flapping.live).toBeUndefined();
    expect(flapping.trouble()).toMatch(/the connection to RabbitMQ at .+ was lost/);
    const after = await flapping.whenUp();
    expect(after).not.toBe(before);
    expect(after.lost.aborted).toBe(false);
    expect(flapping.trouble()).toBeUndefined();
    expect(log.messages('warn')).toEqual(['connection to RabbitMQ lost']);
  });

  it('does not reconnect in a circle when every connection is cut soon', async () => {
    const flapping = link(proxy.through(brokers.url));
    const before = proxy.accepted;
    const end = performance.now() + 1_500;
    while (performance.now() < end) {
      await flapping.whenUp();
      proxy.cut();
      await sleep(1);
    }
    // Without pauses it would be hundreds.
    expect(proxy.accepted - before).toBeLessThan(30);
  });

  it('tells whoever waits when a defect has ended its loop', async () => {
    const defect = (): never => {
      throw new TypeError('a defect');
    };
    const metrics = { ...NO_METRICS, reconnected: defect };
    const failing = link(proxy.through(brokers.url), undefined, new RecordedLog(), metrics);
    const { lost } = await failing.whenUp();
    const gone = once(lost, 'abort');
    proxy.cut();
    await gone;
    await expect(failing.whenUp()).rejects.toThrow(/nobody keeps the connection .+ a defect/);
    expect(failing.live).toBeUndefined();
    expect(failing.trouble()).toMatch(/nobody keeps the connection/);
    await eventually('its socket is closed', () => proxy.open === 0);
  });

  it('tells whoever waits when nothing runs it any more', async () => {
    const closed = new BrokerTasks(new RecordedLog());
    await closed.close();
    const late = new ConnectionLink({
      role: 'publish',
      endpoint: { url: brokers.url },
      connectionName: 'test',
      heartbeatSeconds: 1,
      tasks: closed,
      log: new RecordedLog(),
      metrics: NO_METRICS,
    });
    late.start();
    await expect(late.whenUp()).rejects.toThrow(/closed by this process/);
  });

  it('counts the time of an alarm while it lasts, and none twice', async () => {
    let counted = 0;
    const metrics = { ...NO_METRICS, blocked: (seconds: number) => void (counted += seconds) };
    const blocked = link(brokers.url, undefined, new RecordedLog(), metrics);
    const { model } = await blocked.whenUp();
    const startedMs = performance.now();
    // A real alarm would block everybody who uses this server.
    model.emit('blocked', 'low on memory');
    await eventually('a second is counted', () => counted > 0.9);
    expect(blocked.trouble()).toMatch(/low on memory/);
    model.emit('unblocked');
    const lasted = (performance.now() - startedMs) / 1_000;
    expect(Math.abs(counted - lasted)).toBeLessThan(0.01);
    await eventually('nobody counts', () => tasks.supervisor.inspect().tasks.length === 1);
    expect(Math.abs(counted - lasted)).toBeLessThan(0.01);
  });

  it('keeps nothing of those who stopped waiting', async () => {
    const down = link(wrong('port', '1'));
    const stop = new AbortController();
    const waiting = Array.from({ length: 1_000 }, () => down.whenUp(stop.signal));
    stop.abort(new Error('enough'));
    const results = await Promise.allSettled(waiting);
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  });

  it('logs a change of reason once, not each attempt', async () => {
    const log = new RecordedLog();
    const down = link(wrong('port', '1'), undefined, log);
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      await down.whenUp(undefined, attempt).catch(() => undefined);
    }
    expect(log.messages('warn')).toEqual(['cannot connect to RabbitMQ; trying again']);
  });
});
