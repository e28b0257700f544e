import { ArrayMaxSize, IsBoolean, IsOptional, Matches, MaxLength } from 'class-validator';
import { JSONSchema } from 'class-validator-jsonschema';
import { IsTextMap } from '../text-map.js';

/** No operating system takes U+0000 in an argument or a path. */
const WITHOUT_NUL = /^[^\0]*$/;

/** What `exec` runs. */
export class ExecArguments {
  @JSONSchema({
    description:
      'The program: a path, or a name that is looked up in EXEC_PATH. With `shell`, a command line for /bin/sh.',
  })
  @Matches(/^[^\0]+$/, { message: 'program must be a text without U+0000, not empty' })
  @MaxLength(65_536)
  readonly program!: string;

  @JSONSchema({
    description:
      '`{target}` and `{host}` stand for the target and its host. With `shell` they are $1, $2, … of the command line.',
  })
  @IsOptional()
  @ArrayMaxSize(1_000)
  @Matches(WITHOUT_NUL, { each: true, message: 'each of args must be a text without U+0000' })
  @MaxLength(65_536, { each: true })
  readonly args: readonly string[] = [];

  @JSONSchema({ description: 'Whether `program` is a command line for /bin/sh.' })
  @IsBoolean()
  readonly shell: boolean = false;

  @JSONSchema({ description: 'Further environment variables, by name.' })
  @IsTextMap({ keys: /^[A-Za-z_][A-Za-z0-9_]*$/, values: WITHOUT_NUL })
  readonly env: Readonly<Record<string, string>> = {};

  @JSONSchema({ description: 'The directory to run in; the task-runner’s own unless given.' })
  @IsOptional()
  @Matches(/^\/[^\0]*$/, { message: 'directory must be an absolute path' })
  @MaxLength(4_096)
  readonly directory?: string;
}
