import type { ExecutionFinished, TargetChange } from '#contracts';

/** What was asked of one execution, and what was heard of it. */
export interface Asked {
  readonly executionId: string;
  readonly targets: readonly string[];
  readonly cancel: 'never' | 'before' | 'after';
  isAccepted: boolean;
  readonly finished: ExecutionFinished[];
}

/** An event about targets, as its owner published it. */
interface Reported {
  readonly changes: readonly TargetChange[];
  confirmed: boolean;
}

/** A row of the event log. */
export interface EventRow {
  readonly aggregate: string;
  readonly epoch: number;
  readonly seq: number;
}

/** A target as it is recorded. */
export interface TargetRow {
  readonly execution_id: string;
  readonly name: string;
  readonly state: string;
  readonly message: string | null;
}

/** An execution as it is recorded. */
export interface ExecutionRow {
  readonly id: string;
  readonly outcome: string | null;
  readonly total: number;
  readonly ended: number;
}

/** The record at the end of a test. */
export interface Recorded {
  readonly executions: readonly ExecutionRow[];
  readonly targets: readonly TargetRow[];
  readonly events: readonly EventRow[];
}

/** Every command that was given and every event that was published in a test, to be compared with the record. */
export class RecordLedger {
  readonly asked = new Map<string, Asked>();
  readonly #reports = new Map<string, Reported>();
  /** By outcome message: each outcome has one of its own. */
  readonly #outcomes = new Map<string, string>();
  #confirmed = 0;
  lostLeases = 0;

  ask(asked: Pick<Asked, 'executionId' | 'targets' | 'cancel'>): Asked {
    const one = { ...asked, isAccepted: false, finished: [] };
    this.asked.set(asked.executionId, one);
    return one;
  }

  /** Its publisher is about to publish it; returns what to call when it is confirmed. */
  report(
    key: string,
    epoch: number,
    seq: number,
    executionId: string,
    changes: readonly TargetChange[],
  ): () => void {
    const reported: Reported = { changes, confirmed: false };
    this.#reports.set(`${key} ${epoch} ${seq}`, reported);
    for (const { target, message } of changes) {
      if (message !== undefined) this.#outcomes.set(message, `${executionId}/${target}`);
    }
    return () => {
      reported.confirmed = true;
      this.#confirmed += 1;
    };
  }

  finished(event: ExecutionFinished): void {
    this.asked.get(event.executionId)?.finished.push(event);
  }

  get confirmedEvents(): number {
    return this.#confirmed;
  }

  get acceptedCommands(): number {
    return [...this.asked.values()].filter(({ isAccepted }) => isAccepted).length;
  }

  /** How many endings were heard more than once: allowed, and counted. */
  get repeatedEndings(): number {
    return [...this.asked.values()].filter(({ finished }) => finished.length > 1).length;
  }

  /** What the record lacks, has twice, or has otherwise than it was said; a sentence each. */
  violations({ executions, targets, events }: Recorded): string[] {
    return [
      ...this.#aboutExecutions(executions),
      ...this.#aboutEvents(events),
      ...this.#aboutTargets(targets),
    ];
  }

  #aboutExecutions(executions: readonly ExecutionRow[]): string[] {
    const rows = new Map(executions.map((row) => [row.id, row]));
    const broken: string[] = [];
    for (const { executionId, targets, cancel, isAccepted, finished } of this.asked.values()) {
      const row = rows.get(executionId);
      const complain = (what: string) => broken.push(`execution ${executionId} ${what}`);
      if (!isAccepted) complain('was never accepted');
      if (row === undefined) {
        complain('is not recorded');
        continue;
      }
      if (row.total !== targets.length) complain(`has ${row.total} of ${targets.length} targets`);
      if (row.ended !== row.total) complain(`has outcomes of ${row.ended} of ${row.total} targets`);
      if (row.outcome === null) complain('did not end');
      if (cancel === 'never' && row.outcome !== 'succeeded') complain(`ended ${row.outcome}`);
      if (cancel === 'before' && row.outcome !== 'cancelled') complain(`ended ${row.outcome}`);
      if (finished.length === 0) complain('ended, and nobody was told');
      if (finished.some(({ outcome }) => outcome !== row.outcome)) complain('was told otherwise');
    }
    const strangers = executions.filter(({ id }) => !this.asked.has(id)).length;
    if (strangers > 0) broken.push(`${strangers} executions are recorded that nobody asked for`);
    return broken;
  }

  #aboutEvents(events: readonly EventRow[]): string[] {
    const broken: string[] = [];
    const recorded = new Set(events.map(({ aggregate, epoch, seq }) => id(aggregate, epoch, seq)));
    if (recorded.size < events.length) broken.push('an event is recorded twice');
    for (const [name, { confirmed }] of this.#reports) {
      if (confirmed && !recorded.has(name)) broken.push(`event ${name} was confirmed and is lost`);
    }
    for (const name of recorded) {
      if (!this.#reports.has(name)) broken.push(`event ${name} is recorded and nobody said it`);
    }
    return broken;
  }

  #aboutTargets(targets: readonly TargetRow[]): string[] {
    const broken: string[] = [];
    for (const { execution_id, name, state, message } of targets) {
      const target = `${execution_id}/${name}`;
      const asked = this.asked.get(execution_id);
      if (asked === undefined) continue;
      if (message === null ? state !== 'cancelled' : this.#outcomes.get(message) !== target) {
        broken.push(`target ${target} ended ${state} (${message}), which nobody said`);
      }
      if (asked.cancel === 'never' && state !== 'succeeded') {
        broken.push(`target ${target} ended ${state}`);
      }
    }
    return broken;
  }
}

function id(aggregate: string, epoch: number, seq: number): string {
  return `${aggregate} ${epoch} ${seq}`;
}
