import 'reflect-metadata';
import { runService } from '#runtime';
import { TaskRunnerSettings } from './task-runner.env.js';
import { TaskRunnerModule } from './task-runner.module.js';

await runService({
  service: 'task-runner',
  settings: TaskRunnerSettings,
  module: () => TaskRunnerModule,
  consumes: (settings) => [{ queue: 'task-runner.work', slots: settings.CHUNK_SLOTS }],
});
