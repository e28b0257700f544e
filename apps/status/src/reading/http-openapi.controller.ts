import { SignalboxError } from '#contracts';
import { ProcessIdentity } from '#runtime';
import { All, Controller, Get, Req, UseFilters } from '@nestjs/common';
import type { Request } from 'express';
import { HttpErrorFilter } from './http-error.filter.js';
import { openApi } from './http-openapi.js';

/** Says what can be asked over HTTP; comes last, and so hears what nobody else answers. */
@Controller('v1')
@UseFilters(HttpErrorFilter)
export class HttpOpenApiController {
  private readonly document: object;

  constructor({ version }: ProcessIdentity) {
    this.document = openApi(version);
  }

  @Get('openapi.json')
  openApi(): object {
    return this.document;
  }

  @All('{*path}')
  unknown(@Req() { method, path }: Request): never {
    throw new SignalboxError(
      'not-found',
      `there is no ${method} ${path}: GET /v1/openapi.json has what there is, all of it read-only`,
    );
  }
}
