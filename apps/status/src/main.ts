import 'reflect-metadata';
import { runService } from '#runtime';
import { StatusSettings } from './status.env.js';
import { StatusModule } from './status.module.js';

await runService({
  service: 'status',
  settings: StatusSettings,
  module: () => StatusModule,
  consumes: (settings) => [
    { queue: 'status.record', prefetch: settings.RECORD_PREFETCH },
    { queue: 'status.queries', prefetch: settings.QUERIES_AT_ONCE },
  ],
});
