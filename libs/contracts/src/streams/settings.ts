import { IsTextMap } from '../fields/collections.js';
import { Field, Nested } from '../fields/field.js';
import { IsIndexTemplate } from '../fields/names.js';
import { IsOneOf, IsPattern, IsText, IsWhole } from '../fields/scalars.js';
import { RESUME_BY, type ResumeBy } from './position.js';
import { IsHttpUrl, IsSecretMap, IsSecretName } from './rules.js';

/** How the bytes of a source become documents. */
export const STREAM_FORMATS = ['ndjson', 'sse', 'lines'] as const;
export type StreamFormat = (typeof STREAM_FORMATS)[number];

/** What happens when the source no longer has what follows the position. */
export const ON_GAP = ['earliest', 'latest', 'fail'] as const;
export type OnGap = (typeof ON_GAP)[number];

/** What happens when the source ends the response cleanly. */
export const ON_END = ['reconnect', 'stop'] as const;
export type OnEnd = (typeof ON_END)[number];

/** TLS by reference: each is the name of a secret. */
export class StreamTls {
  @Field('The authorities to trust, PEM.', { optional: true })
  @IsSecretName()
  readonly ca?: string;

  @Field("The client's certificate, PEM.", { optional: true })
  @IsSecretName()
  readonly certificate?: string;

  @Field("The client's key, PEM.", { optional: true })
  @IsSecretName()
  readonly key?: string;
}

/** How the source is asked. */
export class StreamRequest {
  @Field('Headers to send; nothing secret.', { default: {} })
  @IsTextMap(50, 4_096)
  readonly headers!: Readonly<Record<string, string>>;

  @Field('Headers whose values are names of secrets, e.g. `secret:edge-token`.', { default: {} })
  @IsSecretMap(20)
  readonly secretHeaders!: Readonly<Record<string, string>>;

  @Field("TLS beyond the machine's own trust.", { optional: true })
  @Nested(() => StreamTls)
  readonly tls?: StreamTls;
}

/** How reading goes on after a break. */
export class StreamResume {
  @Field('By what the source is resumed.', { default: 'none' })
  @IsOneOf(RESUME_BY)
  readonly by!: ResumeBy;

  @Field('`time`: the query parameter that carries the time.', { default: 'since' })
  @IsPattern(
    'isParameter',
    /^[A-Za-z0-9_.~-]{1,64}$/,
    'must be 1 to 64 of the characters A-Z, a-z, 0-9, _, ., ~ and -',
  )
  readonly parameter!: string;

  @Field('`time`: how much is read again, for what arrives out of order.', {
    unit: 'ms',
    default: 5_000,
  })
  @IsWhole(0, 86_400_000)
  readonly overlapMs!: number;

  @Field('What happens when the source no longer has what follows the position.', {
    default: 'earliest',
  })
  @IsOneOf(ON_GAP)
  readonly onGap!: OnGap;
}

/** A limit on how fast a source is read. */
export class StreamRateLimit {
  @Field('Bytes a second.', { unit: 'bytes/s' })
  @IsWhole(1_024, 10_737_418_240)
  readonly bytesPerSecond!: number;
}

/** What is to be followed, and how. */
export class StreamSettings {
  @Field('The source: http or https, without credentials.')
  @IsHttpUrl()
  readonly url!: string;

  @Field('How its bytes become documents.')
  @IsOneOf(STREAM_FORMATS)
  readonly format!: StreamFormat;

  @Field('How it is asked.', { default: {} })
  @Nested(() => StreamRequest)
  readonly request!: StreamRequest;

  @Field('How reading goes on after a break.', { default: {} })
  @Nested(() => StreamResume)
  readonly resume!: StreamResume;

  @Field('Reconnect when no byte arrived for so long.', { unit: 'ms', default: 60_000 })
  @IsWhole(1_000, 86_400_000)
  readonly idleTimeoutMs!: number;

  @Field('A longer line is skipped and goes to the dead letters.', {
    unit: 'bytes',
    default: 1_048_576,
  })
  @IsWhole(1_024, 1_048_576)
  readonly maxLineBytes!: number;

  @Field('Where the documents go.')
  @IsIndexTemplate()
  readonly index!: string;

  @Field('The field of a document that holds its time; dots lead into objects.', { optional: true })
  @IsText(256, 1)
  readonly timestampField?: string;

  @Field('What happens when the source ends the response cleanly.', { default: 'reconnect' })
  @IsOneOf(ON_END)
  readonly onEnd!: OnEnd;

  @Field('How fast it is read at most. Without it, as fast as the documents are taken.', {
    optional: true,
  })
  @Nested(() => StreamRateLimit)
  readonly rateLimit?: StreamRateLimit;
}
