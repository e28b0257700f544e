import type { ServiceStarted } from '#contracts';
import { Changes } from './changes.js';
import { Effects } from './effects.js';
import type { Chunk, Target } from './executions/chunk.js';
import type { Execution, Work } from './executions/execution.js';
import type { PageSet } from './executions/target-pages.js';
import type { RememberedCancel } from './executions/remembered-cancel.js';
import type { RecordedCommand } from './commands/recorded-command.js';
import type { Stream } from './streams/stream.js';

/** A task-runner that can be reached, as far as executions need it. */
export interface LiveRunner {
  readonly instanceId: string;
  readonly plugins: readonly string[];
}

/**
 * The part of the record that a batch of messages is about: read in one go, changed by transitions, written in one go. Its
 * objects are shared, so what one message changed the next one sees; `changes` knows what to write.
 */
export class WorkingSet {
  readonly executions = new Map<string, Execution>();
  readonly work = new Map<string, Work>();
  readonly leases = new Map<string, Chunk | Stream>();
  readonly runners = new Map<string, LiveRunner>();
  /** What has arrived of the targets that were sent in pages, by execution. */
  readonly pageSets = new Map<string, PageSet>();
  readonly cancels = new Map<string, RememberedCancel>();
  /** Executions that time alone may change now, and open leases that were offered long ago in vain. */
  readonly overdue: { executions: Execution[]; offers: (Chunk | Stream)[] } = {
    executions: [],
    offers: [],
  };
  readonly changes = new Changes();
  readonly effects = new Effects();
  /** The largest time that a tick carried. */
  clockMs = 0;

  private readonly openChunks = new Map<string, Set<Chunk>>();
  private readonly targetsByName = new Map<string, Map<string, Target>>();
  private readonly pageHashes = new Map<string, string>();
  private readonly commands = new Map<string, RecordedCommand[]>();

  addLease(lease: Chunk | Stream): void {
    this.leases.set(lease.key, lease);
    if (lease.kind === 'chunk' && !lease.closed) {
      const open = this.openChunks.get(lease.executionId);
      if (open) open.add(lease);
      else this.openChunks.set(lease.executionId, new Set([lease]));
    }
  }

  chunk(key: string): Chunk | undefined {
    const lease = this.leases.get(key);
    return lease?.kind === 'chunk' ? lease : undefined;
  }

  stream(key: string): Stream | undefined {
    const lease = this.leases.get(key);
    return lease?.kind === 'stream' ? lease : undefined;
  }

  /** The chunks of an execution that have begun and are not closed. */
  openChunksOf(executionId: string): Chunk[] {
    const chunks = [...(this.openChunks.get(executionId) ?? [])];
    return chunks.filter((chunk) => !chunk.closed);
  }

  addTarget(target: Target): void {
    const named = this.targetsByName.get(target.executionId);
    if (named === undefined) {
      this.targetsByName.set(target.executionId, new Map([[target.name, target]]));
    } else if (!named.has(target.name)) {
      named.set(target.name, target);
    }
  }

  target(executionId: string, name: string): Target | undefined {
    return this.targetsByName.get(executionId)?.get(name);
  }

  /** The targets of a chunk in order; only of chunks whose grant was asked for. */
  targetsOf({ executionId, first, size }: Chunk): Target[] {
    return [...(this.targetsByName.get(executionId)?.values() ?? [])]
      .filter(({ ordinal }) => ordinal >= first && ordinal < first + size)
      .toSorted((a, b) => a.ordinal - b.ordinal);
  }

  addPage(executionId: string, page: number, bodyHash: string): void {
    this.pageHashes.set(`${executionId} ${page}`, bodyHash);
  }

  /** The hash of the body of a page that has arrived. */
  pageHash(executionId: string, page: number): string | undefined {
    return this.pageHashes.get(`${executionId} ${page}`);
  }

  addCommand(command: RecordedCommand): void {
    const key = commandKey(command.subject, command.messageId);
    this.commands.set(key, [...(this.commands.get(key) ?? []), command]);
  }

  /** Commands about this subject that were recorded under this message id. */
  commandsWith(subject: string, messageId: string): readonly RecordedCommand[] {
    return this.commands.get(commandKey(subject, messageId)) ?? [];
  }

  addRunner({ instanceId, plugins }: ServiceStarted): void {
    this.runners.set(instanceId, { instanceId, plugins: plugins.map(({ name }) => name) });
  }
}

function commandKey(subject: string, messageId: string): string {
  return `${subject}\n${messageId}`;
}
