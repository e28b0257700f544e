import type {
  Chunk,
  Execution,
  LiveRunner,
  RecordedCommand,
  Stream,
  Target,
  Work,
} from '#status/record';
import type { HeldLease, LeaseRef, Marks } from '#lease/protocol';

/** The two workers, and the two statuses. */
export const WORKERS = ['A', 'B'] as const;
export const STATUSES = ['S1', 'S2'] as const;
export type WorkerName = (typeof WORKERS)[number];
export type StatusName = (typeof STATUSES)[number];

/** How each worker is connected to the broker. */
export const LINK_OF = { A: 'linkA', B: 'linkB' } as const;

/** The whole world: what the two workers, the two statuses, PostgreSQL and the broker hold. */
export interface World {
  record: RecordData;
  /** `status.record`: what waits to be delivered. */
  queue: Message[];
  /** The work queue: offers that wait to be delivered. */
  work: Offer[];
  /** Who consumes `status.record`; the first is active. */
  consumers: StatusName[];
  S1: Status;
  S2: Status;
  A: Worker;
  B: Worker;
  linkA: Link;
  linkB: Link;
  /** Commands that are still to come, by their number in the scenario. */
  script: number[];
  history: History;
  faults: Faults;
}

/** The tables, one list each. */
export interface RecordData {
  /** Of the newest writer. */
  term: number;
  executions: Execution[];
  work: (Work & { id: string })[];
  leases: (Chunk | Stream)[];
  targets: Target[];
  commands: RecordedCommand[];
  cancels: string[];
  /** Instances that are not known to be gone. */
  services: LiveRunner[];
}

/** What waits in `status.record`, or is under way to it. */
export interface Message {
  readonly type: string;
  readonly body: object;
  /** Of a command: which one of the scenario. Its body stands there. */
  readonly command?: number;
  readonly replyTo?: string;
}

export interface Offer {
  readonly key: string;
  readonly epoch: number;
}

/** An answer, on its way to whoever asked. */
export interface Reply {
  readonly to: string;
  readonly type: string;
  readonly body: object;
}

/** A status process. */
export interface Status {
  /** The broker has dropped its connections, which it has not noticed: it is frozen, or cut off. */
  isVoid: boolean;
  /** Of what it has in hand from `status.record`. */
  stage: 'idle' | 'taken' | 'refused' | 'committed' | 'told';
  batch: Message[];
  replies: Reply[];
  /** `null` until it commits for the first time since it began to consume. */
  term: number | null;
  /** Offers that it published and has not taken off the due ones. */
  offers: Offer[];
  /** Instances without a control queue: seen once, or declared gone with these leases. */
  missing: { instanceId: string; declared: string[] | null }[];
  /** What it publishes into `status.record`. */
  outbox: Message[];
  /** Without rules of S1 only: what it read of the record when it took the batch. */
  snapshot: RecordData | null;
}

/** A worker process: libs/lease's protocol, and what runs under it. */
export interface Worker {
  protocol: ProtocolData;
  /** Numbers the requests of an instance. */
  requests: number;
  /** Offers in hand. */
  tickets: Ticket[];
  /** What was granted and has not begun. */
  grants: Grant[];
  runs: Run[];
  life: 'up' | 'draining' | 'interrupting' | 'exited';
}

/** `WorkerState` as plain JSON. */
export interface ProtocolData {
  instance: { id: string; known: boolean; resuming: [string, LeaseRef[]][] } | null;
  asks: { ticket: string; key: string; requestId: string | null }[];
  leases: HeldLease[];
  ending: LeaseRef[];
}

export interface Ticket extends Offer {
  readonly ticket: string;
  /** The record has answered the question about it. */
  isAnswered: boolean;
}

export interface Grant extends LeaseRef {
  readonly marks: Marks;
  /** Of a chunk. */
  readonly known?: readonly Known[];
  /** The command's arguments, or the settings of a stream. */
  readonly asked: string;
}

export interface Known {
  readonly target: string;
  readonly started: boolean;
  readonly attempt: number;
  readonly outcome?: string;
}

/** The work of one lease. */
export interface Run extends LeaseRef {
  readonly kind: 'chunk' | 'stream';
  readonly asked: string;
  marks: Marks;
  isSuspended: boolean;
  isLost: boolean;
  /** It gives the lease back, and has said so. */
  isReleased: boolean;
  /** Of a stream: what is said once it is flushed; `null` while it reads. */
  ending: 'stopped' | 'released' | null;
  targets: RunTarget[];
  /** What was said and is not confirmed, by number. */
  said: { said: number; message: Message }[];
  /** How many things were said. */
  sayings: number;
}

/** ```
 *   waiting ──started said──▶ starting ──confirmed──▶ running ──▶ ended
 *                                                       └──aborted──▶ stopping ──▶ ended, or waiting (interrupted)
 * ``` */
export interface RunTarget {
  readonly target: string;
  state: 'waiting' | 'starting' | 'running' | 'stopping' | 'ended';
  attempt: number;
  /** An attempt began here. */
  isBegunHere: boolean;
  /** The number of its `started`, while that is not confirmed. */
  started: number | null;
  /** How it ends once it has stopped; `null`: it was interrupted. */
  outcome: string | null;
}

/** How a worker is connected. */
export interface Link {
  /** Instances that the process has been. */
  instances: number;
  /** The lease channel as the process sees it. */
  channel: Channel | null;
  /** Lease channels that the process has left, and the broker has not. */
  ghosts: { id: string; outbox: Outgoing[] }[];
  /** Deliveries of the work queue on the consume connection. */
  unacked: Ticketed[];
  /** The same, of connections that are gone for the process; the broker has not noticed. */
  stale: Offer[];
  /** Without the rule of one lease channel only: the control queue is gone with the consume connection. */
  isDeaf: boolean;
}

export type Ticketed = Offer & { readonly ticket: string };

export interface Channel {
  readonly id: string;
  /** It works no more; whoever has not noticed will. */
  isCut: boolean;
  /** The broker has noticed: its control queue is gone. */
  isDead: boolean;
  /** Its control queue is declared. */
  isListening: boolean;
  /** The record is told of it. */
  isAnnounced: boolean;
  /** An answer was lost on the way: the question will be put again. */
  isUnanswered: boolean;
  outbox: Outgoing[];
  inbox: Incoming[];
}

/** What is under way to the broker, and what its confirm is good for. */
export interface Outgoing {
  readonly message: Message;
  readonly confirms:
    | ({ readonly is: 'said'; readonly said: number } & LeaseRef)
    | { readonly is: 'announced' }
    | null;
}

/** What is under way to the process. */
export type Incoming =
  | { readonly is: 'confirm'; readonly of: NonNullable<Outgoing['confirms']> }
  | { readonly is: 'reply'; readonly reply: Reply }
  | { readonly is: 'ping'; readonly lease: LeaseRef & Marks }
  | { readonly is: 'cancel'; readonly executionId: string }
  | { readonly is: 'stop'; readonly key: string };

/** What the explorer remembers to check the promises. */
export interface History {
  /** Outcomes whose confirm reached the owner, by target. */
  confirmed: [string, string][];
  /** Plugin starts by target; an orderly release of the target sets it back. */
  starts: [string, number][];
  /** Targets of which a plugin ever ran. */
  ran: string[];
  /** Chunks that were closed by a cancel while nobody owned them. */
  cancelled: string[];
}

/** The failures that may still happen. */
export interface Faults {
  left: number;
  /** The broker was restarted. */
  isRestarted: boolean;
  /** One of the workers was told to stop; the other one goes on. */
  isDrained: boolean;
}
