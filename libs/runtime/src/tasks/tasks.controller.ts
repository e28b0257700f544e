import { Controller, Get } from '@nestjs/common';
import type { Inspection } from '#supervisor';
import { TaskRegistry } from './task-registry.js';

/** What `GET /debug/tasks` answers. */
interface TasksAnswer {
  readonly supervisors: readonly Inspection[];
}

/** Shows what the supervisors of the process hold right now. */
@Controller('debug/tasks')
export class TasksController {
  constructor(private readonly tasks: TaskRegistry) {}

  @Get()
  show(): TasksAnswer {
    return { supervisors: this.tasks.inspect() };
  }
}
