import { IndexBlocked, IndexChanged, IndexUnblocked } from '#contracts';
import type { Publisher } from '#broker';
import type { Logger } from '#runtime';
import type { IndexCounters } from './index-counters.js';

export interface IndexEventsParts {
  readonly publisher: Pick<Publisher, 'publish'>;
  readonly counters: IndexCounters;
  /** Who says so. The counts are cumulative under this name, so it must not change while the process lives. */
  readonly instanceId: string;
  readonly log: Logger;
}

/** Whether an index takes documents. */
interface IndexState {
  readonly blocked: boolean;
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly since: number;
}

const REASON_MAX_CHARACTERS = 2_000;

/**
 * What the record and whoever watches are told about indices: `index.blocked` and `index.unblocked`, the newest state of each, and
 * `index.changed` with cumulative counts. `publish` sends what is new; what cannot be sent waits for the next time, and no document
 * waits for it.
 */
export class IndexEvents {
  private readonly states = new Map<string, IndexState>();
  private readonly seqs = new Map<string, number>();
  private unsent = false;

  constructor(private readonly parts: IndexEventsParts) {}

  /** `index`: a name, or `*` for the whole store. */
  blocked(index: string, reason: string, since = Date.now()): void {
    this.states.set(index, { blocked: true, reason, since });
    this.parts.log.warn({ index, reason }, 'index blocked: its documents wait');
  }

  unblocked(index: string, reason: string): void {
    this.states.set(index, { blocked: false, reason, since: Date.now() });
    this.parts.log.info({ index, reason }, 'index unblocked');
  }

  /** Publishes everything that is new, one after the other. Logs once what it cannot send; throws only the signal's reason. */
  async publish(signal: AbortSignal): Promise<void> {
    const changed = new Set(this.parts.counters.takeChanged());
    try {
      for (const [index, state] of this.states) {
        await this.publishState(index, state, signal);
        if (this.states.get(index) === state) this.states.delete(index);
      }
      for (const index of changed) {
        await this.publishCounts(index, signal);
        changed.delete(index);
      }
      this.unsent = false;
    } catch (error) {
      this.parts.counters.stillChanged(changed);
      signal.throwIfAborted();
      if (!this.unsent)
        this.parts.log.warn({ err: error }, 'cannot tell the record about indices; trying again');
      this.unsent = true;
    }
  }

  private publishState(index: string, state: IndexState, signal: AbortSignal): Promise<void> {
    const contract = state.blocked ? IndexBlocked : IndexUnblocked;
    const body = Object.assign(new contract(), {
      ...this.header(index),
      reason: state.reason.slice(0, REASON_MAX_CHARACTERS),
      since: state.since,
    });
    return this.parts.publisher.publish(contract, body, { signal });
  }

  private publishCounts(index: string, signal: AbortSignal): Promise<void> {
    const counts = this.parts.counters.of(index);
    const body = Object.assign(new IndexChanged(), { ...this.header(index), ...counts });
    return this.parts.publisher.publish(IndexChanged, body, { signal });
  }

  private header(index: string): { index: string; instanceId: string; seq: number } {
    const seq = (this.seqs.get(index) ?? 0) + 1;
    this.seqs.set(index, seq);
    return { index, instanceId: this.parts.instanceId, seq };
  }
}
