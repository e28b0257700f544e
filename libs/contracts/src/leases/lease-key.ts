import { IsPattern } from '../fields/scalars.js';

/** The key of a chunk's lease, taken apart. */
export interface ChunkLease {
  readonly kind: 'chunk';
  readonly executionId: string;
  /** From 1. */
  readonly n: number;
}

/** The key of a stream's lease, taken apart. */
export interface StreamLease {
  readonly kind: 'stream';
  readonly streamId: string;
}

const CHUNK_KEY =
  /^chunk\/(?<executionId>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/(?<n>[1-9][0-9]{0,8})$/;
const STREAM_KEY = /^stream\/(?<streamId>[a-z0-9-]{1,64})$/;

/** The forms of a lease key. */
export const LEASE_KEYS = {
  chunk: CHUNK_KEY,
  stream: STREAM_KEY,
  any: new RegExp(`${CHUNK_KEY.source}|${STREAM_KEY.source}`),
} as const;

/** `chunk/<executionId>/<n>`. */
export function chunkKey(executionId: string, n: number): string {
  return `chunk/${executionId}/${n}`;
}

/** `stream/<streamId>`. */
export function streamKey(streamId: string): string {
  return `stream/${streamId}`;
}

/** Takes a lease key apart; `undefined` when it is none. */
export function parseLeaseKey(key: string): ChunkLease | StreamLease | undefined {
  const { executionId, n, streamId } = LEASE_KEYS.any.exec(key)?.groups ?? {};
  if (streamId !== undefined) return { kind: 'stream', streamId };
  if (executionId === undefined) return undefined;
  return { kind: 'chunk', executionId, n: Number(n) };
}

/** The execution or stream that a lease key is about. The key must be one: a RangeError otherwise. */
export function subjectOf(key: string): string {
  const lease = parseLeaseKey(key);
  if (!lease) throw new RangeError(`not a lease key: ${key}`);
  return lease.kind === 'chunk' ? lease.executionId : lease.streamId;
}

/** A lease key; with `kind`, of that kind. */
export function IsLeaseKey(kind?: 'chunk' | 'stream'): PropertyDecorator {
  const forms = { chunk: 'chunk/<executionId>/<n>', stream: 'stream/<streamId>' };
  const expects = `must be ${kind ? forms[kind] : `${forms.chunk} or ${forms.stream}`}`;
  return IsPattern('isLeaseKey', LEASE_KEYS[kind ?? 'any'], expects);
}
