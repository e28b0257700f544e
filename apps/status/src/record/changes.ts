import type { ServiceStarted } from '#contracts';
import type { RecordedCommand } from './commands/recorded-command.js';
import type { Chunk, Target } from './executions/chunk.js';
import type { Execution, Work } from './executions/execution.js';
import type { NewPage } from './executions/target-pages.js';
import type { RememberedCancel } from './executions/remembered-cancel.js';
import type { Stream } from './streams/stream.js';

/** An execution that was recorded just now. */
export interface NewExecution {
  readonly execution: Execution;
  readonly work: Work;
}

/** Something that was said, as it goes to the event log. */
export interface LoggedEvent {
  /** `chunk/<id>/<n>`, `stream/<id>`, `index/<name>/<instance>`, `service/<instance>`. */
  readonly aggregate: string;
  readonly epoch: number;
  readonly seq: number;
  readonly type: string;
  readonly body: object;
  /** A former owner said it: it had no effect. */
  readonly superseded: boolean;
}

/** What an indexer has done with an index, or whether the index takes documents. */
export interface IndexUpdate {
  readonly name: string;
  readonly instanceId: string;
  readonly seq: number;
  readonly counters?: {
    readonly written: number;
    readonly duplicates: number;
    readonly rejected: number;
    readonly parked: number;
  };
  /** `null`: it takes documents again. */
  readonly blocked?: { readonly reason: string; readonly sinceMs: number } | null;
}

/** An instance that is gone, in good order or not, and why. */
export interface GoneService {
  readonly instanceId: string;
  readonly as: 'stopped' | 'lost';
  readonly reason: string;
}

/** What a batch changed: what is written at its end. */
export class Changes {
  readonly newExecutions: NewExecution[] = [];
  readonly newTargets: Target[] = [];
  readonly newPages: NewPage[] = [];
  /** Executions whose targets are those on their pages. */
  readonly targetsFromPages: string[] = [];
  readonly executions = new Set<Execution>();
  readonly newLeases = new Set<Chunk | Stream>();
  readonly leases = new Set<Chunk | Stream>();
  /** Leases whose `due` was set or cleared: the dispatcher may have cleared it meanwhile, so it is not written otherwise. */
  readonly due = new Set<Chunk | Stream>();
  readonly targets = new Set<Target>();
  readonly newStreams = new Set<Stream>();
  readonly streams = new Set<Stream>();
  readonly startedServices: ServiceStarted[] = [];
  readonly goneServices: GoneService[] = [];
  readonly indexes: IndexUpdate[] = [];
  readonly commands: RecordedCommand[] = [];
  readonly cancels: RememberedCancel[] = [];
  readonly events: LoggedEvent[] = [];
}
