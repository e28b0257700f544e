import { Controller, Get, Header, Query } from '@nestjs/common';
import { ProcessIdentity } from '../service/process-identity.js';
import { mostUrgentFirst } from './most-urgent-first.js';
import { readableJson } from './readable-json.js';
import { TaskRegistry } from './task-registry.js';

/** So many tasks of a supervisor that were decided lately are shown unless more are asked for. */
const RECENT = 10;

/** Shows what the supervisors of the process hold right now. */
@Controller('debug/tasks')
export class TasksController {
  constructor(
    private readonly tasks: TaskRegistry,
    private readonly identity: ProcessIdentity,
  ) {}

  /**
   * For people, so a task is a line, and what needs a look comes first. `trouble` is there when a supervisor cannot do its
   * work. `?recent=100` shows more of what ended lately.
   */
  @Get()
  @Header('Content-Type', 'application/json')
  show(@Query('recent') recent?: string): string {
    const { service, processId } = this.identity;
    const shown = Number(recent) || RECENT;
    const supervisors = mostUrgentFirst(this.tasks.inspect()).map((inspection) => ({
      ...inspection,
      recent: inspection.recent.slice(0, shown),
    }));
    const trouble = this.tasks.trouble();
    return `${readableJson({ service, processId, trouble, supervisors })}\n`;
  }
}
