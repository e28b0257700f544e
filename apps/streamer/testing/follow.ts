import type { LostRange, StreamPosition, StreamSettings, StreamState } from '#contracts';
import type { Clock } from '#supervisor';
import { StreamFollower } from '../src/follow/stream-follower.js';
import type { FollowEnd, StateCause } from '../src/follow/stream-work.js';
import type { BatchSink } from '../src/publish/batch-sink.js';
import { PublishTasks } from '../src/publish/publish-tasks.js';
import type { SecretSource } from '../src/secrets/secret-source.js';
import { AllowedHosts, silentLog } from '#runtime';

/** What a test says about a stream; the rest has values that fit most tests. */
export interface Given {
  readonly settings?: Partial<Omit<StreamSettings, 'resume'>> & {
    readonly resume?: Partial<StreamSettings['resume']>;
  };
  readonly position?: StreamPosition | undefined;
  readonly epoch?: number;
  readonly secrets?: SecretSource;
  readonly allowed?: readonly string[];
  readonly clock?: Clock;
  /** Jitter: 0 reconnects at once (default), 1 waits as long as possible. */
  readonly random?: number;
}

/** A stream that is being followed. */
export interface Followed {
  readonly follower: StreamFollower;
  readonly states: { readonly state: StreamState; readonly cause: StateCause }[];
  readonly losses: { readonly range: LostRange; readonly reason: string }[];
  readonly end: Promise<FollowEnd>;
  readonly stop: () => Promise<FollowEnd>;
}

/** Follows a source with a real follower. */
export function follow(url: string, sink: BatchSink, given: Given = {}): Followed {
  const states: Followed['states'] = [];
  const losses: Followed['losses'] = [];
  const { resume, ...settings } = given.settings ?? {};
  const follower = new StreamFollower(
    {
      streamId: 'test',
      epoch: given.epoch ?? 1,
      position: given.position,
      bounds: { from: Date.UTC(2016, 0, 1), to: Date.UTC(2100, 0, 1) },
      settings: {
        url,
        format: 'ndjson',
        request: { headers: {}, secretHeaders: {} },
        resume: { by: 'none', parameter: 'since', overlapMs: 0, onGap: 'earliest', ...resume },
        idleTimeoutMs: 60_000,
        maxLineBytes: 1_048_576,
        index: 'logs',
        onEnd: 'stop',
        ...settings,
      },
    },
    {
      sink,
      tasks: new PublishTasks(1, silentLog),
      allowed: new AllowedHosts('STREAM_ALLOWED_HOSTS', given.allowed ?? ['127.0.0.0/8']),
      secrets: given.secrets ?? { resolve: (name) => Promise.reject(new Error(`no ${name}`)) },
      observer: {
        changed: (state, cause) => states.push({ state, cause }),
        confirmed: () => {},
        lost: (range, reason) => losses.push({ range, reason }),
      },
      random: () => given.random ?? 0,
      ...(given.clock && { clock: given.clock }),
    },
  );
  const controller = new AbortController();
  const end = follower.run(controller.signal);
  return {
    follower,
    states,
    losses,
    end,
    stop: () => {
      controller.abort(new Error('stop'));
      return end;
    },
  };
}
