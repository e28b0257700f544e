import { Module } from '@nestjs/common';
import { OffersController } from './chunk/offers.controller.js';
import { TaskRunnerLifecycle } from './task-runner.lifecycle.js';
import { TASK_RUNNER_PROVIDERS } from './task-runner.providers.js';

/** Runs plugins on targets. */
@Module({
  controllers: [OffersController],
  providers: [...TASK_RUNNER_PROVIDERS, TaskRunnerLifecycle],
})
export class TaskRunnerModule {}
