import type { OutputPiece } from './output-capture.js';

/** Where the pieces of one attempt's output go. Neither method rejects, and calls follow one another. */
export interface OutputSink {
  /** Takes a piece. Resolves when the next may come: a sink that is slow slows the program. */
  write(piece: OutputPiece): Promise<void>;
  /** No piece follows. Resolves when nothing is on its way any more. Called once. */
  end(): Promise<void>;
}

/** Whose output it is. */
export interface OutputSource {
  /** The lease under which it is produced. */
  readonly key: string;
  readonly epoch: number;
  readonly executionId: string;
  readonly plugin: string;
  readonly target: string;
  readonly attempt: number;
}
