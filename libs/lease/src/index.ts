export { LeaseClient, type Acquired, type LeaseClientOptions } from './lease-client.js';
export { Lease } from './lease.js';
export { mergeMarks, type Marks } from './marks.js';
