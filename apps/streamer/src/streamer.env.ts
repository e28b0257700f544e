import { accessSync, constants } from 'node:fs';
import { IsInt, IsOptional, Max, Min, ValidateBy, buildMessage } from 'class-validator';
import { ListsHosts, Setting, WorkerSettings } from '#runtime';

/** The settings of the streamer. */
export class StreamerSettings extends WorkerSettings {
  @Setting({ means: 'How many streams this process follows at once at most.', unit: 'streams' })
  @IsInt()
  @Min(1)
  @Max(10_000)
  readonly STREAM_SLOTS: number = 100;

  @Setting({
    means:
      'From where streams may be read: host patterns (`*.example.net`) and networks (`10.0.0.0/8`), separated by commas. Without any, every host may be. Loopback, link-local and cloud metadata addresses may only be when a network here holds them, whatever name leads to them.',
    example: '*.example.net,10.0.0.0/8',
  })
  @ListsHosts()
  readonly STREAM_ALLOWED_HOSTS: string[] = [];

  @Setting({
    means:
      'Folder of secrets: `secret:edge-token` in a command is the content of the file `edge-token` in it. Beside it may stand `edge-token.json`, which says who may use it.',
    example: '/run/secrets',
  })
  @IsOptional()
  @IsReadableFolder()
  readonly SECRETS_DIR?: string;

  override readonly ADMIN_PORT: number = 7002;
}

function IsReadableFolder(): PropertyDecorator {
  return ValidateBy({
    name: 'isReadableFolder',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && isReadableFolder(value),
      defaultMessage: buildMessage(
        () => '$property must be the path of a folder that the service may read',
      ),
    },
  });
}

function isReadableFolder(path: string): boolean {
  try {
    accessSync(`${path}/.`, constants.R_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
