import { Field, Nested } from '../fields/field.js';
import { IsFlag, IsOneOf, IsWhole } from '../fields/scalars.js';
import { IsLeaseKey } from './lease-key.js';
import { LeaseMark } from './mark.js';

/** A lease by key and epoch. */
export class LeaseRef {
  @Field('The key of the lease.')
  @IsLeaseKey()
  readonly key!: string;

  @Field("The lease's epoch, from 1.")
  @IsWhole(1)
  readonly epoch!: number;
}

/** What the record says about a lease that somebody holds. */
export class LeaseState extends LeaseRef {
  @Field('Whether, and how, the work is to end.', { nullable: true })
  @Nested(() => LeaseMark)
  readonly cancelled!: LeaseMark | null;

  @Field('Streams: whether to give the lease back, because newer settings wait.')
  @IsFlag()
  readonly revoked!: boolean;

  @Field('Whether to begin no further target.')
  @IsFlag()
  readonly paused!: boolean;
}

/** What became of a lease that an instance wanted to keep. */
export const RESUMPTIONS = ['resumed', 'gone'] as const;
export type Resumption = (typeof RESUMPTIONS)[number];

/** The answer about one lease of a `lease.resume`. */
export class ResumedLease extends LeaseState {
  @Field('`resumed`: it is yours, same epoch. `gone`: it is not.')
  @IsOneOf(RESUMPTIONS)
  readonly state!: Resumption;
}
