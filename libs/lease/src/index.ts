export { LeaseClient, type LeaseClientOptions } from './lease-client.js';
export type { Acquired } from './lease-desk.js';
export { Lease } from './lease.js';
export { mergeMarks, type Marks } from './marks.js';
