import { Logger } from '#runtime';
import type { Provider } from '@nestjs/common';
import { StatusSettings } from '../status.env.js';
import { Database } from './database.js';
import { RecordStore } from './record-store.js';

/** The record in PostgreSQL. */
export const STORAGE_PROVIDERS: Provider[] = [
  {
    provide: Database,
    inject: [StatusSettings, Logger],
    useFactory: ({ DATABASE_URL }: StatusSettings, log: Logger) => new Database(DATABASE_URL, log),
  },
  {
    provide: RecordStore,
    inject: [Database],
    useFactory: ({ writer }: Database) => new RecordStore(writer),
  },
];
