import {
  ArrayMaxSize,
  ArrayMinSize,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { JSONSchema } from 'class-validator-jsonschema';
import { IsTextMap } from '../text-map.js';

export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** RFC 9110: a field name is a token; a value has no line breaks. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;
const HEADER_VALUE = /^[^\0\r\n]{0,8192}$/;

/** The request that `http` sends, and what it expects of the response. */
export class HttpArguments {
  @JSONSchema({
    description:
      'Where to send it. `{target}` stands for the target’s host[:port], `{host}` for its host alone.',
    examples: ['https://{target}/health'],
  })
  @Matches(/^https?:\/\/\S+$/, { message: 'url must begin with http:// or https://' })
  @MaxLength(8_192)
  readonly url!: string;

  @JSONSchema({
    description:
      'The method. With POST or PATCH say `onLost: fail` where a second request would do harm.',
  })
  @IsIn(METHODS)
  readonly method: (typeof METHODS)[number] = 'GET';

  @JSONSchema({ description: 'Header fields, by name.' })
  @IsTextMap({ keys: HEADER_NAME, values: HEADER_VALUE })
  readonly headers: Readonly<Record<string, string>> = {};

  @JSONSchema({ description: 'The body of the request.' })
  @IsOptional()
  @IsString()
  @MaxLength(262_144)
  readonly body?: string;

  @JSONSchema({ description: 'The statuses that mean success; 200 to 299 unless given.' })
  @IsOptional()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @IsInt({ each: true })
  @Min(100, { each: true })
  @Max(999, { each: true })
  readonly expectStatus?: readonly number[];

  // No regular expression: one that backtracks would stop the event loop that keeps the leases.
  @JSONSchema({ description: 'A text that the body of the response has to contain.' })
  @IsOptional()
  @IsString()
  @MaxLength(8_192)
  readonly expectBodyContains?: string;

  @JSONSchema({ description: 'How much of the response’s body is read, in bytes.' })
  @IsInt()
  @Min(0)
  @Max(16_777_216)
  readonly maxBodyBytes: number = 1_048_576;
}
