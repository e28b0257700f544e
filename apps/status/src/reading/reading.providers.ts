import type { Provider } from '@nestjs/common';
import { Database } from '../storage/database.js';
import { RecordReader } from './record-reader.js';

/** From the record to whoever asks. */
export const READING_PROVIDERS: Provider[] = [
  {
    provide: RecordReader,
    inject: [Database],
    useFactory: ({ tables }: Database) => new RecordReader(tables),
  },
];
