import {
  CancelTask,
  RunTask,
  StartStream,
  StopStream,
  checkMessage,
  definitionOf,
  type Contract,
} from '#contracts';
import type { Command, FaultKind, Scenario } from './world/scenario.ts';

const EXECUTION = '0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11';
const STREAM = 'edge-access';

const run = (targets: readonly string[], policy: object = {}): Command =>
  command(RunTask, 'run', {
    executionId: EXECUTION,
    plugin: 'ssh',
    args: { command: 'uptime' },
    targets,
    policy,
  });
const cancel: Command = command(CancelTask, 'cancel', { executionId: EXECUTION });
const start = (number: number): Command =>
  command(StartStream, `start-${number}`, {
    streamId: STREAM,
    url: `https://edge-01.example.net/logs/${number}`,
    format: 'ndjson',
    index: 'edge-access',
  });
const stop: Command = command(StopStream, 'stop', { streamId: STREAM });

const oneTarget = [run(['host-1'])];
const twoTargets = [run(['host-1', 'host-2'])];
const startStopStart = [start(1), stop, start(2)];

/** A chunk whose targets must not start twice. */
const chunk = {
  commands: oneTarget,
  plugin: 'succeeds',
  onLost: 'fail',
  startsOnce: 'I4',
} as const;
/** The same, run again elsewhere when its owner is lost. */
const retried = { commands: oneTarget, plugin: 'succeeds', onLost: 'retry' } as const;
const pair = { ...chunk, commands: twoTargets, concurrency: 1 } as const;
const cancelled = {
  ...chunk,
  commands: [...oneTarget, cancel],
  isShuffled: true,
  plugin: 'never ends',
} as const;
const stream = { commands: startStopStart, plugin: 'never ends' } as const;
/** Two targets, of which none may fail. */
const failing = {
  commands: [run(['host-1', 'host-2'], { maxFailures: 0 })],
  plugin: 'fails',
  onLost: 'retry',
  concurrency: 2,
} as const;

const one = (...kinds: FaultKind[]) => ({ faults: 1, kinds });
const two = (...kinds: FaultKind[]) => ({ faults: 2, kinds });
const none = { faults: 0, kinds: [] } as const;

/** What is explored, by name. */
export const SCENARIOS = {
  'a chunk': { ...chunk, ...none },
  'a chunk of two': { ...pair, ...none },
  'a chunk, cancelled at any time': { ...cancelled, ...none },
  'a stream, started, stopped, started': { ...stream, ...none },
  'a chunk, a worker is killed': { ...chunk, ...one('crash worker') },
  'a chunk, the publish connection is cut': { ...chunk, ...one('cut publish') },
  'a chunk, the consume connection is cut': { ...chunk, ...one('cut consume') },
  'a chunk, a status is killed': { ...chunk, ...one('crash status') },
  'a chunk, a status is frozen': { ...chunk, ...one('freeze status') },
  'a chunk, one worker, the broker restarts': {
    ...retried,
    ...one('restart broker'),
    isAlone: true,
    startsOnce: 'L6',
  },
  'a chunk, the broker restarts': { ...retried, ...one('restart broker'), startsOnce: 'L6' },
  'a chunk, an answer is lost': { ...chunk, ...one('lose reply', 'slow') },
  'a chunk, an offer is dead-lettered': { ...chunk, ...one('dead-letter', 'slow') },
  'a chunk, a worker is drained': { ...chunk, ...one('drain') },
  'a chunk, cancelled, a worker is killed': { ...cancelled, ...one('crash worker') },
  'a chunk, cancelled, a connection is cut': { ...cancelled, ...one('cut publish') },
  'a chunk, cancelled, a status fails': { ...cancelled, ...one('crash status', 'freeze status') },
  'a chunk of two, cut and slow': { ...pair, ...two('cut publish', 'slow') },
  'a stream, a worker fails': { ...stream, ...one('crash worker', 'cut publish', 'drain') },
  'a stream, a status fails': { ...stream, ...one('crash status', 'freeze status', 'lose reply') },
} as const satisfies Record<string, Scenario>;

/** What can be had of the scenarios' parts, for the rules that are taken out. */
export const PARTS = {
  chunk,
  retried,
  pair,
  cancelled,
  stream,
  failing,
  one,
  two,
  none,
  run,
  cancel,
  start,
  stop,
};

export type ScenarioName = keyof typeof SCENARIOS;

function command<T extends object>(
  contract: Contract<T>,
  messageId: string,
  body: object,
): Command {
  const { type } = definitionOf(contract);
  return { message: { type, messageId, body: checkMessage(contract, body), redelivered: false } };
}
