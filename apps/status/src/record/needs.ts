/**
 * What a batch of messages has to know of the record, gathered message by message and then read in a few statements. The
 * execution of a chunk and its other open chunks come with the chunk; so do the stream of a stream's lease, the live
 * task-runners, and the clock.
 */
export class Needs {
  readonly executions = new Set<string>();
  /** Lease keys. */
  readonly leases = new Set<string>();
  /** Targets by the execution and name. */
  readonly targets = new Map<string, Set<string>>();
  /** Keys of chunks that may be granted, now or by what else the batch says of them: all their targets, and the work. */
  readonly grants = new Set<string>();
  /** Commands that may have been recorded before. */
  readonly commands: { readonly subject: string; readonly messageId: string }[] = [];
  /** Cancels of executions that may not have been recorded. */
  readonly cancels = new Set<string>();
  /** Pages of targets that may have arrived before, by execution. */
  readonly pages = new Map<string, Set<number>>();
  /** Executions whose pages are to be summed up. */
  readonly pageSets = new Set<string>();
  /** Up to when a tick looks for work that is overdue, and what it found. */
  tickAtMs: number | undefined;
  readonly overdueExecutions = new Set<string>();
  readonly overdueOffers = new Set<string>();

  execution(id: string): void {
    this.executions.add(id);
  }

  lease(key: string): void {
    this.leases.add(key);
  }

  target(executionId: string, name: string): void {
    collect(this.targets, executionId, name);
  }

  grant(key: string): void {
    this.leases.add(key);
    this.grants.add(key);
  }

  command(subject: string, messageId: string): void {
    this.commands.push({ subject, messageId });
  }

  cancel(executionId: string): void {
    this.cancels.add(executionId);
  }

  page(executionId: string, page: number): void {
    collect(this.pages, executionId, page);
  }

  pageSet(executionId: string): void {
    this.pageSets.add(executionId);
  }

  tick(atMs: number): void {
    this.tickAtMs = Math.max(this.tickAtMs ?? 0, atMs);
  }

  overdueExecution(id: string): void {
    this.executions.add(id);
    this.overdueExecutions.add(id);
  }

  overdueOffer(key: string): void {
    this.leases.add(key);
    this.overdueOffers.add(key);
  }
}

function collect<T>(groups: Map<string, Set<T>>, key: string, value: T): void {
  const group = groups.get(key);
  if (group) group.add(value);
  else groups.set(key, new Set([value]));
}
