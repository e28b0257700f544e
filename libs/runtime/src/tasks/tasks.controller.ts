import { Controller, Get, Header } from '@nestjs/common';
import type { Inspection } from '#supervisor';
import { ProcessIdentity } from '../service/process-identity.js';
import { mostUrgentFirst } from './most-urgent-first.js';
import { TaskRegistry } from './task-registry.js';

/** What `GET /debug/tasks` answers. */
interface TasksAnswer {
  readonly service: string;
  readonly processId: string;
  /** Which supervisors cannot do their work; missing when all can. */
  readonly trouble: string | undefined;
  readonly supervisors: readonly Inspection[];
}

/** Shows what the supervisors of the process hold right now. */
@Controller('debug/tasks')
export class TasksController {
  constructor(
    private readonly tasks: TaskRegistry,
    private readonly identity: ProcessIdentity,
  ) {}

  /** For people, so in lines, in whole milliseconds, and with what needs a look first. */
  @Get()
  @Header('Content-Type', 'application/json')
  show(): string {
    const { service, processId } = this.identity;
    const trouble = this.tasks.trouble();
    const supervisors = mostUrgentFirst(this.tasks.inspect());
    const answer: TasksAnswer = { service, processId, trouble, supervisors };
    return `${JSON.stringify(answer, wholeMilliseconds, 2)}\n`;
  }
}

function wholeMilliseconds(key: string, value: unknown): unknown {
  return typeof value === 'number' && key.endsWith('Ms') ? Math.round(value) : value;
}
