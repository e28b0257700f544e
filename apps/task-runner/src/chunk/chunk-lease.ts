import type { Lease } from '#lease';

/** What a chunk needs of the lease that it runs under. */
export type ChunkLease = Pick<
  Lease,
  'key' | 'epoch' | 'lost' | 'marks' | 'onMarks' | 'hear' | 'nextSeq' | 'publish'
>;
