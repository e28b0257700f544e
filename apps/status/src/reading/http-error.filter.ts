import { DependencyUnavailableError, InvalidMessageError, SignalboxError } from '#contracts';
import { Catch, HttpStatus, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';

/** Answers an error as the broker would: with its code and a reason. */
@Catch(SignalboxError)
export class HttpErrorFilter implements ExceptionFilter<SignalboxError> {
  catch(error: SignalboxError, host: ArgumentsHost): void {
    const { code, message: reason, retryable } = error;
    host
      .switchToHttp()
      .getResponse<Response>()
      .status(statusOf(error))
      .json({ code, reason, retryable });
  }
}

function statusOf(error: SignalboxError): HttpStatus {
  if (error instanceof InvalidMessageError || error.code === 'invalid-cursor') {
    return HttpStatus.BAD_REQUEST;
  }
  if (error.code === 'not-found') return HttpStatus.NOT_FOUND;
  if (error instanceof DependencyUnavailableError) return HttpStatus.SERVICE_UNAVAILABLE;
  return HttpStatus.INTERNAL_SERVER_ERROR;
}
