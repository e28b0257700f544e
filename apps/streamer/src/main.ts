import 'reflect-metadata';
import { runService } from '#runtime';
import { StreamerSettings } from './streamer.env.js';
import { StreamerModule } from './streamer.module.js';

await runService({
  service: 'streamer',
  settings: StreamerSettings,
  module: () => StreamerModule,
  consumes: (settings) => [{ queue: 'streamer.work', slots: settings.STREAM_SLOTS }],
});
