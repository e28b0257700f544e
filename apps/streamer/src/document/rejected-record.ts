import type { ErrorCode } from '#contracts';

/** What became no document: it goes to the dead letters, where a person can look at it. */
export interface RejectedRecord {
  readonly code: Extract<ErrorCode, 'line-too-long' | 'line-not-decodable'>;
  /** What is wrong with it, for people. */
  readonly reason: string;
  /** Its raw bytes; of a long one the beginning. */
  readonly bytes: Buffer;
  /** Where it begins in the body. */
  readonly offset: number;
  /** How long it was at the source. */
  readonly lengthBytes: number;
}
