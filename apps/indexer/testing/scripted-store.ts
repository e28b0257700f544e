import type { IndexDocument } from '#contracts';
import { Gate } from '#supervisor';
import type { DocumentStore } from '../src/stores/document-store.js';
import {
  allAre,
  DONE,
  DUPLICATE,
  type ItemClass,
  type ItemResult,
} from '../src/stores/item-result.js';
import type { SearchPage } from '../src/stores/search-request.js';

/** A store in memory that answers as a test tells it, for faults that a real one cannot be made to show at a given moment. */
export class ScriptedStore implements DocumentStore {
  readonly name = 'scripted store';
  /** What is in it: ids by index. */
  readonly indices = new Map<string, Set<string>>();
  /** How many documents each bulk had. */
  readonly bulks: number[] = [];
  /** What it says next about a document; then it takes it. By id. */
  readonly answers = new Map<string, ItemClass[]>();
  /** What it says about every document of an index. */
  readonly closed = new Map<string, ItemClass>();
  /** What it says about every bulk while set; probes fail too, unless it is `backpressure`. */
  outage: ItemClass | undefined;
  probes = 0;
  /** While closed, bulks hang. */
  readonly flow = new Gate({ open: true });
  underWay = 0;
  mostUnderWay = 0;

  async open(): Promise<void> {}

  async write(
    documents: readonly IndexDocument[],
    signal: AbortSignal,
  ): Promise<readonly ItemResult[]> {
    this.bulks.push(documents.length);
    this.underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    try {
      await this.flow.wait(signal);
    } finally {
      this.underWay -= 1;
    }
    if (this.outage) return allAre(documents.length, { class: this.outage, reason: 'outage' });
    return documents.map((document) => this.writeOne(document));
  }

  async search(): Promise<SearchPage> {
    return { hits: [], total: 0, more: false };
  }

  async probe(): Promise<void> {
    this.probes += 1;
    if (this.outage) throw new Error('still down');
  }

  async close(): Promise<void> {}

  get size(): number {
    return [...this.indices.values()].reduce((sum, ids) => sum + ids.size, 0);
  }

  private writeOne({ index, id }: IndexDocument): ItemResult {
    const kind = this.answers.get(id)?.shift() ?? this.closed.get(index) ?? 'done';
    if (kind !== 'done') return { class: kind, reason: `scripted: ${kind}` };
    const ids = this.indices.get(index) ?? new Set();
    this.indices.set(index, ids);
    if (ids.has(id)) return DUPLICATE;
    ids.add(id);
    return DONE;
  }
}
