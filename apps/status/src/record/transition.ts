import type { RecordMessage } from './message.js';
import type { Needs } from './needs.js';
import type { WorkingSet } from './working-set.js';

/** What a batch is applied with. */
export interface ApplyContext {
  /** Now, for times that are taken down. Deadlines follow from the record's clock instead, which `status.tick` moves. */
  readonly nowMs: number;
  /** Refuse commands of askers that the broker did not validate. */
  readonly requireUser: boolean;
}

/** What one type of message does to the record. Pure: it sees the working set and nothing else. */
export interface Transition<T extends object> {
  /** Says what of the record the message needs. */
  needs(body: T, needs: Needs, message: RecordMessage<T>): void;
  /** Changes the working set, and adds to its effects what is owed to the outside. */
  apply(set: WorkingSet, message: RecordMessage<T>, context: ApplyContext): void;
}
