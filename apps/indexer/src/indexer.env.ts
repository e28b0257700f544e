import { MAX_MESSAGE_BYTES } from '#contracts';
import { IsUrlOf, ServiceSettings, Setting } from '#runtime';
import { IsInt, Matches, Max, Min } from 'class-validator';

/** The settings of the indexer. */
export class IndexerSettings extends ServiceSettings {
  @Setting({
    means:
      'Where documents are kept: `postgres://` for PostgreSQL full-text search, `http://` or `https://` for OpenSearch or Elasticsearch.',
    example: 'postgres://user:password@postgres:5432/signalbox',
    secret: 'url',
  })
  @IsUrlOf('postgres', 'postgresql', 'http', 'https')
  readonly SEARCH_URL!: string;

  @Setting({
    means:
      'The field of a document that holds its event time (ISO 8601, or milliseconds since 1970): searches sort and filter by it.',
  })
  @Matches(/^[\w@.-]{1,128}$/)
  readonly SEARCH_TIME_FIELD: string = '@timestamp';

  @Setting({ means: 'How long the store may take for one request.', unit: 'ms' })
  @IsInt()
  @Min(1_000)
  @Max(300_000)
  readonly SEARCH_TIMEOUT_MS: number = 30_000;

  @Setting({ means: 'How many searches run at once.', unit: 'searches' })
  @IsInt()
  @Min(1)
  @Max(64)
  readonly SEARCHES_AT_ONCE: number = 8;

  @Setting({ means: 'How many messages are held at once at most.', unit: 'messages' })
  @IsInt()
  @Min(1)
  @Max(1_000)
  readonly INDEX_PREFETCH: number = 64;

  @Setting({
    means:
      'How much the messages held at once may have together; lowers INDEX_PREFETCH where needed.',
    unit: 'bytes',
  })
  @IsInt()
  @Min(MAX_MESSAGE_BYTES)
  readonly INDEX_MAX_BUFFERED_BYTES: number = 64 * 1024 * 1024;

  @Setting({ means: 'How many bulks are under way at once.', unit: 'bulks' })
  @IsInt()
  @Min(1)
  @Max(8)
  readonly INDEX_BULKS_AT_ONCE: number = 2;

  @Setting({ means: 'A bulk is sent at the latest with this many documents.', unit: 'documents' })
  @IsInt()
  @Min(1)
  @Max(10_000)
  readonly INDEX_BULK_MAX_DOCUMENTS: number = 1_000;

  @Setting({ means: 'A bulk is sent at the latest with this many bytes.', unit: 'bytes' })
  @IsInt()
  @Min(1_024)
  @Max(64 * 1024 * 1024)
  readonly INDEX_BULK_MAX_BYTES: number = 5 * 1024 * 1024;

  @Setting({ means: 'A bulk is sent at the latest so long after its first document.', unit: 'ms' })
  @IsInt()
  @Min(0)
  @Max(10_000)
  readonly INDEX_BULK_MAX_WAIT_MS: number = 200;

  @Setting({
    means:
      'How long documents wait here for a store that is down, before they go back to the queue.',
    unit: 'ms',
  })
  @IsInt()
  @Min(0)
  @Max(600_000)
  readonly INDEX_STORE_DOWN_MS: number = 30_000;

  override readonly ADMIN_PORT: number = 7003;
}

/** How many messages may be delivered ahead: as many as their bytes allow, even if each is as large as a message can be. */
export function documentPrefetch(settings: IndexerSettings): number {
  const { INDEX_PREFETCH, INDEX_MAX_BUFFERED_BYTES } = settings;
  return Math.min(INDEX_PREFETCH, Math.floor(INDEX_MAX_BUFFERED_BYTES / MAX_MESSAGE_BYTES));
}
