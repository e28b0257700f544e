import { ArrayUnique, IsIn, IsInt, Max, Min } from 'class-validator';
import { ListsHosts, Setting, WorkerSettings } from '#runtime';

/** The settings of the task-runner. */
export class TaskRunnerSettings extends WorkerSettings {
  @Setting({
    means:
      'The plugins that commands may name, separated by commas. Whoever may publish commands may run what they can: `exec` runs programs on this machine, so it has to be named.',
    example: 'http,exec',
  })
  @IsIn(['exec', 'http'], { each: true })
  @ArrayUnique({ message: '$property must name each plugin once' })
  readonly PLUGINS: string[] = ['http'];

  @Setting({
    means:
      'Which targets may be touched: host patterns (`*.example.net`) and networks (`10.0.0.0/8`), separated by commas. Without any, every target may be. Connections are made to loopback, link-local and cloud metadata addresses only when a network here holds them, whatever name leads to them.',
    example: '*.example.net,10.0.0.0/8',
  })
  @ListsHosts()
  readonly TARGETS_ALLOWED: string[] = [];

  @Setting({ means: 'How many chunks this process holds at once at most.', unit: 'chunks' })
  @IsInt()
  @Min(1)
  @Max(10_000)
  readonly CHUNK_SLOTS: number = 100;

  @Setting({
    means:
      'How many targets run at once at most, over all chunks of this process, which take turns for them.',
    unit: 'targets',
  })
  @IsInt()
  @Min(1)
  @Max(10_000)
  readonly TARGET_SLOTS: number = 500;

  @Setting({
    means:
      'How long running targets may go on when the service stops; then they are ended and given back, to run elsewhere. Stay 12 seconds below DRAIN_TIMEOUT_MS: ending them takes time too.',
    unit: 'ms',
  })
  @IsInt()
  @Min(0)
  @Max(3_600_000)
  readonly TARGET_GRACE_MS: number = 10_000;

  @Setting({ means: 'Where `exec` looks programs up: the PATH that they get.' })
  readonly EXEC_PATH: string = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

  override readonly ADMIN_PORT: number = 7001;
}
