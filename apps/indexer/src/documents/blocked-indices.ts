import { type Clock, fullJitter, type Timer } from '#supervisor';
import type { HeldDocument } from './held-message.js';

export interface BlockedIndicesParts {
  readonly clock: Clock;
  /** Takes documents to be written: the probes of blocked indices, and all of them after a block. */
  readonly release: (documents: readonly HeldDocument[]) => void;
  /** Hears when a block begins and when it ends. */
  readonly events: {
    blocked(index: string, reason: string): void;
    unblocked(index: string, reason: string): void;
  };
}

interface Block {
  readonly documents: Set<HeldDocument>;
  failures: number;
  /** Nothing waited when it was time to try: the next document that comes is tried. */
  tryNext: boolean;
  timer: Timer;
}

const BACKOFF = { baseMs: 1_000, capMs: 30_000 };

/** How many blocks are remembered although none of their documents is held. */
const MAX_EMPTY_BLOCKS = 1_000;

/**
 * Indices that take no documents while others do (disk full, read-only, closed, too many shards). Their documents are
 * parked; from time to time one of them is tried, and when the store takes it, all others follow.
 */
export class BlockedIndices {
  private readonly blocks = new Map<string, Block>();

  constructor(private readonly parts: BlockedIndicesParts) {}

  /** The store said of this document that its index takes none. */
  park(document: HeldDocument, reason: string): void {
    const { index } = document.document;
    let block = this.blocks.get(index);
    if (block === undefined) {
      block = { documents: new Set(), failures: 0, tryNext: false, timer: this.tryLater(index, 0) };
      this.blocks.set(index, block);
      this.parts.events.blocked(index, reason);
    }
    block.documents.add(document);
  }

  /** Takes out of new documents those whose index is known to be blocked, and parks them. Returns the others. */
  admit(
    documents: readonly HeldDocument[],
    onParked: (document: HeldDocument) => void,
  ): readonly HeldDocument[] {
    if (this.blocks.size === 0) return documents;
    return documents.filter((document) => {
      const block = this.blocks.get(document.document.index);
      if (block === undefined) return true;
      if (block.tryNext) {
        block.tryNext = false;
        return true;
      }
      block.documents.add(document);
      onParked(document);
      return false;
    });
  }

  /** The store took a document of this index, or refused it for the document's own sake. */
  accepted(index: string): void {
    if (this.blocks.size > 0 && this.blocks.has(index))
      this.unblock(index, 'it takes documents again');
  }

  /** Forgets everything; what is parked stays where it was held. */
  close(): void {
    for (const { timer } of this.blocks.values()) timer.cancel();
    this.blocks.clear();
  }

  private tryLater(index: string, failures: number): Timer {
    return this.parts.clock.setTimer(fullJitter(failures, BACKOFF), () => this.tryOne(index));
  }

  private tryOne(index: string): void {
    const block = this.blocks.get(index);
    if (block === undefined) return;
    for (const document of block.documents) if (!document.isOpen) block.documents.delete(document);
    const [first] = block.documents;
    if (first === undefined && this.blocks.size > MAX_EMPTY_BLOCKS) {
      return this.unblock(index, 'no document waits for it any more');
    }
    block.failures += 1;
    block.tryNext = first === undefined;
    block.timer = this.tryLater(index, block.failures);
    if (first === undefined) return;
    block.documents.delete(first);
    this.parts.release([first]);
  }

  private unblock(index: string, reason: string): void {
    const block = this.blocks.get(index);
    if (block === undefined) return;
    block.timer.cancel();
    this.blocks.delete(index);
    this.parts.events.unblocked(index, reason);
    this.parts.release([...block.documents]);
  }
}
