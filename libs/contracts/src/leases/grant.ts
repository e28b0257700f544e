import { IsJsonObject, IsList } from '../fields/collections.js';
import { Field, Nested, type JsonValue } from '../fields/field.js';
import { IsSlug, IsUuid } from '../fields/names.js';
import { IsFlag, IsOneOf, IsTime, IsWhole } from '../fields/scalars.js';
import { StreamPosition } from '../streams/position.js';
import { StreamSettings } from '../streams/settings.js';
import { ON_LOST, TARGET_OUTCOMES, type OnLost, type TargetOutcome } from '../tasks/outcomes.js';
import { OutputSettings } from '../tasks/output.js';
import { MAX_LIMIT_MS, Retries } from '../tasks/policy.js';
import { IsTarget } from '../tasks/target.js';

/** How many targets a chunk has at most. */
export const MAX_CHUNK_TARGETS = 500;

/** A target of a chunk, and what the record knows about it. */
export class KnownTarget {
  @Field('The target, as the command names it.')
  @IsTarget()
  readonly target!: string;

  @Field('Whether an attempt began and no release cleared it.')
  @IsFlag()
  readonly started!: boolean;

  @Field('The last attempt that began, whoever made it; 0 when there was none.')
  @IsWhole(0, 1_000_000)
  readonly attempt!: number;

  @Field('How it ended; absent while it has not.', { optional: true })
  @IsOneOf(TARGET_OUTCOMES)
  readonly outcome?: TargetOutcome;
}

/** What the owner of a chunk has to do. */
export class ChunkGrant {
  @Field('The execution that the chunk is of.')
  @IsUuid()
  readonly executionId!: string;

  @Field('What to run.')
  @IsSlug()
  readonly plugin!: string;

  @Field('What the plugin asks for.')
  @IsJsonObject()
  readonly args!: Readonly<Record<string, JsonValue>>;

  @Field("Limit of an attempt on a target. Without it the plugin's own, else 60,000.", {
    unit: 'ms',
    optional: true,
  })
  @IsWhole(1, MAX_LIMIT_MS)
  readonly timeoutMs?: number;

  @Field('How often a target is tried again.')
  @Nested(() => Retries)
  readonly retries!: Retries;

  @Field('What happens to a target that had started. Without it, the plugin says.', {
    optional: true,
  })
  @IsOneOf(ON_LOST)
  readonly onLost?: OnLost;

  @Field('What is kept of the output.')
  @Nested(() => OutputSettings)
  readonly output!: OutputSettings;

  @Field('Targets of this chunk at once; fixed at the grant.', { unit: 'targets' })
  @IsWhole(1, 10_000)
  readonly concurrency!: number;

  @Field('What is left of the time of the whole execution; absent when it has no limit.', {
    unit: 'ms',
    optional: true,
  })
  @IsWhole(0, MAX_LIMIT_MS)
  readonly remainingMs?: number;

  @Field('How many targets may still fail; absent when all may.', {
    unit: 'targets',
    optional: true,
  })
  @IsWhole()
  readonly failuresLeft?: number;

  @Field('The targets of the chunk in order, with what the record knows.')
  @Nested(() => KnownTarget, 'list')
  @IsList(MAX_CHUNK_TARGETS, 1)
  readonly known!: readonly KnownTarget[];
}

/** Between which times a dated index may be named; both ends included. */
export class IndexBounds {
  @Field('The earliest time.', { unit: 'ms since 1970' })
  @IsTime()
  readonly from!: number;

  @Field('The latest time.', { unit: 'ms since 1970' })
  @IsTime()
  readonly to!: number;
}

/** What the owner of a stream has to do. */
export class StreamGrant {
  @Field('What is to be followed: the newest start.')
  @Nested(() => StreamSettings)
  readonly settings!: StreamSettings;

  @Field('Where to go on; absent when nothing was read yet.', { optional: true })
  @Nested(() => StreamPosition)
  readonly position?: StreamPosition;

  @Field('Between which times a dated index may be named.')
  @Nested(() => IndexBounds)
  readonly bounds!: IndexBounds;
}
