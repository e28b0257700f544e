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

  override readonly ADMIN_PORT: number = 7004;
}
