import {
  DependencyUnavailableError,
  InvalidMessageError,
  QueryFailed,
  SignalboxError,
  asReason,
} from '#contracts';
import { Logger } from '#runtime';
import { messageOf } from '#supervisor';
import {
  Catch,
  HttpException,
  HttpStatus,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import type { Request, Response } from 'express';

interface Answer extends QueryFailed {
  readonly status: number;
}

/** Answers every error as the broker would (`query.failed`): with its code and a reason. What is a defect is logged, and not told. */
@Catch()
export class HttpErrorFilter implements ExceptionFilter {
  constructor(private readonly log: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const { status, ...body } = answerTo(error);
    if (status === 500) {
      const { method, path } = http.getRequest<Request>();
      this.log.error({ err: error, method, path }, 'request failed');
    }
    const response = http.getResponse<Response>();
    if (status === 503) response.set('retry-after', '1');
    response.status(status).json(body);
  }
}

function answerTo(error: unknown): Answer {
  if (error instanceof SignalboxError) {
    const { code, message, retryable } = error;
    return { status: statusOf(error), code, reason: asReason(message), retryable };
  }
  const status = error instanceof HttpException ? error.getStatus() : 500;
  if (status === 503) {
    const reason = asReason(messageOf(error));
    return { status, code: 'dependency-unavailable', reason, retryable: true };
  }
  const reason = 'a defect: the log of this status has it';
  return { status: 500, code: 'internal', reason, retryable: false };
}

function statusOf(error: SignalboxError): HttpStatus {
  if (error instanceof InvalidMessageError || error.code === 'invalid-cursor') {
    return HttpStatus.BAD_REQUEST;
  }
  if (error.code === 'not-found') return HttpStatus.NOT_FOUND;
  if (error instanceof DependencyUnavailableError) return HttpStatus.SERVICE_UNAVAILABLE;
  return HttpStatus.INTERNAL_SERVER_ERROR;
}
