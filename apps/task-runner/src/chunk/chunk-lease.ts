import type { Lease } from '#lease';

/** What a chunk needs of the lease that it runs under. */
export type ChunkLease = RunnerLease & Pick<Lease, 'release' | 'finish'>;

/** The same without its end. */
export type RunnerLease = Pick<
  Lease,
  | 'key'
  | 'isSuspended'
  | 'onSuspension'
  | 'epoch'
  | 'lost'
  | 'marks'
  | 'onMarks'
  | 'hear'
  | 'nextSeq'
  | 'publish'
>;
