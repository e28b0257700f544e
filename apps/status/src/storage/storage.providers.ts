import type { Provider } from '@nestjs/common';
import { StatusSettings } from '../status.env.js';
import { Database } from './database.js';
import { RecordStore } from './record-store.js';

/** The record in PostgreSQL. */
export const STORAGE_PROVIDERS: Provider[] = [
  {
    provide: Database,
    inject: [StatusSettings],
    useFactory: ({ DATABASE_URL }: StatusSettings) => new Database(DATABASE_URL),
  },
  {
    provide: RecordStore,
    inject: [Database],
    useFactory: ({ writer }: Database) => new RecordStore(writer),
  },
];
