import type { RecordMessage } from '#status/record';
import type { Move } from '../engine/model.ts';
import type { Faults, Message } from './parts.ts';

/** What may go wrong. `slow`: something takes so long that it is asked again, or given up. `drain` is somebody's wish. */
export type FaultKind =
  | 'crash worker'
  | 'cut publish'
  | 'cut consume'
  | 'crash status'
  | 'freeze status'
  | 'restart broker'
  | 'lose reply'
  | 'dead-letter'
  | 'slow'
  | 'drain';

/** Rules that live in the wiring around the transitions, and so in the model's; a test takes one of them out. */
export type Switch =
  | 'expiry-through-the-queue'
  | 'due-in-the-transaction'
  | 'one-lease-channel'
  | 'wait-without-delivery'
  | 'repeated-requests'
  | 'decide-in-the-transaction'
  | 'ping-every-owner'
  | 'listen-first'
  | 'attempts-at-the-worker';

/** A command, as `status.record` gets it. */
export interface Command {
  readonly message: RecordMessage;
  /** Workers hear of it at once, too. */
  readonly isBroadcast?: boolean;
}

/** What is explored: what is asked, how the work behaves, and what may go wrong. */
export interface Scenario {
  readonly commands: readonly Command[];
  /** They come in any order, not as listed. */
  readonly isShuffled?: boolean;
  /** What the plugin does on each target. */
  readonly plugin:
    'succeeds' | 'fails' | 'never ends' | 'fails on the first, never ends on the others';
  /** The watch is in its grace, as after a broker restart: it expires nobody who is coming back. */
  readonly isPatient?: boolean;
  /** There is one worker only. */
  readonly isAlone?: boolean;
  readonly faults: number;
  readonly kinds: readonly FaultKind[];
  readonly onLost?: 'fail' | 'retry';
  /** Targets of a chunk that run at once. */
  readonly concurrency?: number;
  /** Targets that must not start twice, whatever happens: and which promise that is. */
  readonly startsOnce?: 'I4' | 'L6';
  readonly without?: readonly Switch[];
}

export function isOut({ without = [] }: Scenario, rule: Switch): boolean {
  return without.includes(rule);
}

/** A message as the record takes it. */
export function resolve(
  scenario: Scenario,
  { type, body, command, replyTo }: Message,
): RecordMessage {
  if (command !== undefined) return (scenario.commands[command] as Command).message;
  return { type, body, messageId: '', replyTo, redelivered: false };
}

/**
 * Whether `service.started` and `service.lost` reach the record. They change nothing about leases, except where only the instances
 * that it knows by them are watched.
 */
export function recordsServices(scenario: Scenario): boolean {
  return isOut(scenario, 'ping-every-owner');
}

/** A failure: it happens as long as there are failures left. */
export function fault<P extends { faults: Faults }>(
  { kinds }: Scenario,
  { left }: Faults,
  kind: FaultKind,
  label: string,
  make: (draft: P) => string | undefined | void,
): Move<P>[] {
  if (left === 0 || !kinds.includes(kind)) return [];
  return [
    {
      label: `✗ ${label}`,
      isFault: true,
      make: (draft) => {
        draft.faults.left -= 1;
        return make(draft);
      },
    },
  ];
}

/** Whether a status may still fail in the middle of what it does. */
export function mayFail({ kinds }: Scenario, { left }: Faults): boolean {
  const breaks: readonly FaultKind[] = ['crash status', 'freeze status', 'restart broker'];
  return left > 0 && kinds.some((kind) => breaks.includes(kind));
}
