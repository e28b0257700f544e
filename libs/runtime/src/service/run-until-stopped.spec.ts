import { once } from 'node:events';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { DependencyUnavailableError } from '#contracts';
import { Deferred, ManualClock } from '#supervisor';
import { HealthRegistry } from '../health/health-registry.js';
import { ServiceState } from '../health/service-state.js';
import { createLogger } from '../logging/create-logger.js';
import { Loops } from '../tasks/loops.js';
import { ExitCode } from './exit-code.js';
import { Lifecycle } from './lifecycle.js';
import type { ProcessHost, StopSignal } from './process-host.js';
import { ProcessIdentity } from './process-identity.js';
import { runUntilStopped } from './run-until-stopped.js';
import type { ServiceParts } from './service-parts.js';
import { ServiceSteps } from './service-steps.js';
import { StopRequest } from './stop-request.js';

/** A service whose every step is written down, and a process that the test plays. */
class Rehearsal {
  readonly steps: string[] = [];
  readonly lines: { level: string; msg: string; step?: string; reason?: string }[] = [];
  readonly clock = new ManualClock();
  readonly lifecycle = new Lifecycle();
  readonly state = new ServiceState();
  readonly health = new HealthRegistry();
  ended: Promise<ExitCode> | undefined;
  /** Steps that do not end by themselves. */
  readonly held = new Map<string, Deferred>();
  sendSignal: (signal: StopSignal) => void = () => undefined;
  throwUncaught: (error: unknown) => void = () => undefined;

  readonly log = createLogger({
    identity: new ProcessIdentity('indexer', 'p1', '0'),
    level: 'info',
    format: 'json',
    output: { write: (line: string) => void this.lines.push(JSON.parse(line) as never) },
  });

  readonly host: ProcessHost = {
    environment: {},
    clock: this.clock,
    output: { write: () => undefined },
    errorOutput: { write: () => undefined },
    onStopSignal: (listener) => {
      this.sendSignal = listener;
      return () => undefined;
    },
    onUncaught: (listener) => {
      this.throwUncaught = listener;
      return () => undefined;
    },
    exit: () => undefined,
  };

  readonly parts: ServiceParts = {
    admin: { listen: () => this.step('admin.listen'), close: () => this.step('admin.close') },
    broker: {
      start: () => void this.steps.push('broker.start'),
      ready: () => this.step('broker.ready'),
      close: () => this.step('broker.close'),
    },
    transport: {
      listen: () => this.step('transport.listen'),
      drain: (graceMs) => this.step(`transport.drain(${graceMs})`),
    },
    tracing: { close: () => this.step('tracing.close') },
    lifecycle: this.lifecycle,
    steps: new ServiceSteps(this.log, this.clock),
    loops: new Loops({ name: 'runtime', limit: 1, log: this.log, clock: this.clock }),
    state: this.state,
    health: this.health,
    log: this.log,
    clock: this.clock,
    drainTimeoutMs: 25_000,
    closeTimeoutMs: 4_000,
  };

  hold(step: string): Deferred {
    const latch = new Deferred();
    this.held.set(step, latch);
    return latch;
  }

  /** Takes part in the play under this name; ends at once unless held. */
  async step(name: string): Promise<void> {
    this.steps.push(`${name} [${this.state.phase}]`);
    await this.held.get(name)?.promise;
  }

  run(): Promise<ExitCode> {
    return runUntilStopped(this.parts, new StopRequest(this.host, this.log));
  }

  /** Runs it as far as it gets without time, for tests that do not look at its end. */
  async begin(): Promise<void> {
    this.ended = this.run();
    await this.settle();
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    await this.clock.advanceAsync(0);
  }

  messages(level: string): string[] {
    return this.lines.filter((line) => line.level === level).map(({ msg }) => msg);
  }
}

let play: Rehearsal;
beforeEach(() => {
  play = new Rehearsal();
  for (const name of ['database', 'leases']) {
    play.lifecycle.onStart(name, () => play.step(`start ${name}`));
    play.lifecycle.onDrain(name, () => play.step(`drain ${name}`));
    play.lifecycle.onClose(name, () => play.step(`close ${name}`));
  }
});

const START = [
  'admin.listen [starting]',
  'broker.start',
  'broker.ready [starting]',
  'start database [starting]',
  'start leases [starting]',
  'transport.listen [starting]',
];
const STOP = [
  'transport.drain(12500) [draining]',
  'drain database [draining]',
  'drain leases [draining]',
  'close leases [closing]',
  'close database [closing]',
  'broker.close [closing]',
  'admin.close [closing]',
  'tracing.close [closing]',
];

describe('a service in order', () => {
  it('starts, is ready, and stops at a signal, step by step', async () => {
    const exitCode = play.run();
    await play.settle();
    expect(play.steps).toEqual(START);
    expect(play.state.trouble()).toBeUndefined();

    play.sendSignal('SIGTERM');
    expect(await exitCode).toBe(ExitCode.stopped);
    expect(play.steps).toEqual([...START, ...STOP]);
    expect(play.clock.pendingTimers).toBe(0);
  });

  it('waits for each step before the next', async () => {
    const broker = play.hold('broker.ready');
    await play.begin();
    expect(play.steps.at(-1)).toBe('broker.ready [starting]');
    expect(play.state.trouble()).toBe('starting, waiting for the broker');
    broker.resolve();
    await play.settle();
    expect(play.state.phase).toBe('ready');
  });
});

describe('a start that does not succeed', () => {
  it('waits for a dependency that is down, says why, and logs once per reason', async () => {
    let tries = 0;
    play.lifecycle.onStart('schema', () => {
      tries += 1;
      if (tries < 4) throw new DependencyUnavailableError('the database is down');
      if (tries < 5) throw new DependencyUnavailableError('the database is starting');
    });
    await play.begin();
    expect(play.state.trouble()).toBe('starting, waiting for schema: the database is down');
    await play.clock.advanceAsync(60_000);
    expect(tries).toBe(5);
    expect(play.state.phase).toBe('ready');
    expect(play.lines.filter(({ level }) => level === 'warn').map(({ reason }) => reason)).toEqual([
      'the database is down',
      'the database is starting',
    ]);
  });

  it('is given up at any other error, and everything is stopped', async () => {
    play.lifecycle.onStart('schema', () => {
      throw new Error('the schema is newer than the service');
    });
    expect(await play.run()).toBe(ExitCode.failed);
    expect(play.messages('fatal')).toEqual(['cannot start; stopping']);
    expect(play.steps).toEqual([...START.slice(0, -1), ...STOP]);
  });

  it('is given up at a signal, even if a step takes no notice', async () => {
    play.hold('start database');
    const exitCode = play.run();
    await play.settle();
    play.sendSignal('SIGINT');
    await play.settle();
    expect(await exitCode).toBe(ExitCode.stopped);
    expect(play.steps).toEqual([...START.slice(0, 4), ...STOP]);
    expect(play.messages('fatal')).toEqual([]);
  });

  it('stops waiting for a dependency at a signal', async () => {
    play.lifecycle.onStart('schema', () => {
      throw new DependencyUnavailableError('the database is down');
    });
    const exitCode = play.run();
    await play.settle();
    play.sendSignal('SIGTERM');
    expect(await exitCode).toBe(ExitCode.stopped);
    expect(play.clock.pendingTimers).toBe(0);
  });
});

describe('a stop that does not go well', () => {
  it('goes on after a step that fails', async () => {
    play.lifecycle.onDrain('broken', () => {
      throw new Error('no');
    });
    const exitCode = play.run();
    await play.settle();
    play.sendSignal('SIGTERM');
    expect(await exitCode).toBe(ExitCode.cutShort);
    expect(play.steps).toEqual([...START, ...STOP]);
    expect(play.lines).toContainEqual(
      expect.objectContaining({ level: 'error', step: 'broken', msg: 'stop step failed' }),
    );
  });

  it('aborts the signal at the drain deadline and lets the step wind up', async () => {
    play.lifecycle.onDrain('work', async (signal) => {
      await play.step('drain work');
      await once(signal, 'abort');
      await play.step('wind up work');
    });
    const exitCode = play.run();
    await play.settle();
    play.sendSignal('SIGTERM');
    await play.clock.advanceAsync(24_999);
    expect(play.steps.at(-1)).toBe('drain work [draining]');
    await play.clock.advanceAsync(1);
    expect(await exitCode).toBe(ExitCode.cutShort);
    expect(play.steps.slice(-6)).toEqual(['wind up work [draining]', ...STOP.slice(3)]);
    expect(play.messages('warn')).toEqual(['stop deadline passed; cutting off the rest']);
  });

  it('leaves a step behind that takes no notice, and still gives the others their turn', async () => {
    play.hold('drain database');
    const exitCode = play.run();
    await play.settle();
    play.sendSignal('SIGTERM');
    await play.clock.advanceAsync(28_999);
    expect(play.steps.at(-1)).toBe('drain database [draining]');
    await play.clock.advanceAsync(1);
    expect(await exitCode).toBe(ExitCode.cutShort);
    expect(play.steps).toEqual([...START, ...STOP]);
    expect(play.parts.steps.supervisor.inspect().tasks).toMatchObject([
      { name: 'drain database', state: 'stuck' },
    ]);
  });

  it('is bounded while it closes, too', async () => {
    play.hold('close database');
    const exitCode = play.run();
    await play.settle();
    play.sendSignal('SIGTERM');
    await play.clock.advanceAsync(4_000);
    expect(await exitCode).toBe(ExitCode.cutShort);
    expect(play.steps).toEqual([...START, ...STOP]);
  });

  it('ends at once at a second signal', async () => {
    play.hold('drain database');
    const exitCode = play.run();
    await play.settle();
    play.sendSignal('SIGTERM');
    await play.settle();
    play.sendSignal('SIGTERM');
    expect(await exitCode).toBe(ExitCode.cutShort);
    expect(play.steps.at(-1)).toBe('drain database [draining]');
  });
});

describe('an error that nobody handled', () => {
  it('is logged as fatal and stops the service in order', async () => {
    const exitCode = play.run();
    await play.settle();
    play.throwUncaught(new Error('surprise'));
    expect(await exitCode).toBe(ExitCode.failed);
    expect(play.steps).toEqual([...START, ...STOP]);
    expect(play.messages('fatal')).toEqual(['an error that nobody handled; stopping']);
  });

  it('does not interrupt a stop, but shows in the exit code', async () => {
    const latch = play.hold('drain database');
    const exitCode = play.run();
    await play.settle();
    play.sendSignal('SIGTERM');
    await play.settle();
    play.throwUncaught(new Error('surprise'));
    latch.resolve();
    expect(await exitCode).toBe(ExitCode.failed);
    expect(play.steps).toEqual([...START, ...STOP]);
  });
});

describe('readiness', () => {
  it('is logged when a check changes its answer, not while it stays the same', async () => {
    let reason: string | undefined;
    play.health.register('store', () => reason);
    await play.begin();
    for (const next of ['slow', 'slow', 'gone', undefined, undefined]) {
      reason = next;
      await play.clock.advanceAsync(1_000);
    }
    expect(
      play.lines
        .filter(({ msg }) => msg === 'not ready' || msg === 'check passes again')
        .map(({ level, msg, reason: why }) => `${level} ${msg} ${why ?? ''}`),
    ).toEqual(['warn not ready slow', 'warn not ready gone', 'info check passes again ']);
  });
});
