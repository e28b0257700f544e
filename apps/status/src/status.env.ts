import { IsUrlOf, ServiceSettings, Setting } from '#runtime';
import { IsBoolean, IsInt, Max, Min } from 'class-validator';

/** The settings of status. */
export class StatusSettings extends ServiceSettings {
  @Setting({
    means:
      'The PostgreSQL database of the record. Its tables are made in the first schema of the search path (`?options=-c%20search_path%3D…`).',
    example: 'postgres://user:password@postgres:5432/signalbox',
    secret: 'url',
  })
  @IsUrlOf('postgres', 'postgresql')
  readonly DATABASE_URL!: string;

  @Setting({
    means: 'Refuse commands whose AMQP `user-id` was not set, and so not validated by the broker.',
  })
  @IsBoolean()
  readonly REQUIRE_USER: boolean = false;

  @Setting({
    means:
      'Messages of the record that are delivered ahead. Each may have 512 KiB; a transaction takes at most 500.',
    unit: 'messages',
  })
  @IsInt()
  @Min(1)
  @Max(5_000)
  readonly RECORD_PREFETCH: number = 512;

  @Setting({ means: 'How many queries are answered at once.', unit: 'queries' })
  @IsInt()
  @Min(1)
  @Max(1_000)
  readonly QUERIES_AT_ONCE: number = 20;

  @Setting({
    means:
      'How long executions and streams are kept after their end, with all that was recorded of them, and processes that are gone. What is open is kept, however old it is.',
    unit: 'days',
  })
  @IsInt()
  @Min(1)
  @Max(36_500)
  readonly RETENTION_DAYS: number = 90;

  @Setting({
    means:
      'How long the event log keeps what streams and indexers report every second; the newest word stays as long as they do.',
    unit: 'days',
  })
  @IsInt()
  @Min(1)
  @Max(36_500)
  readonly RETENTION_EVENTS_DAYS: number = 7;

  @Setting({ means: 'How long the audit list keeps who asked for what.', unit: 'days' })
  @IsInt()
  @Min(1)
  @Max(36_500)
  readonly RETENTION_AUDIT_DAYS: number = 365;

  @Setting({
    means:
      'What the rows of the record may take; the files of PostgreSQL are about twice that. Where it is more, what is over goes sooner, the oldest first, down to a day. The audit list is not shortened by it. 0: no limit.',
    unit: 'bytes',
  })
  @IsInt()
  @Min(0)
  readonly RETENTION_MAX_BYTES: number = 20 * 1024 ** 3;

  override readonly ADMIN_PORT: number = 7004;
}
