import type { Lease } from '#lease';

/** What a stream needs of the lease that it is followed under. */
export type StreamLease = Pick<
  Lease,
  | 'key'
  | 'epoch'
  | 'grant'
  | 'lost'
  | 'inTrace'
  | 'marks'
  | 'onMarks'
  | 'isSuspended'
  | 'onSuspension'
  | 'nextSeq'
  | 'publish'
  | 'release'
  | 'finish'
>;
