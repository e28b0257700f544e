import { Controller, Get, Query, Req, Res, UseFilters } from '@nestjs/common';
import type { Request, Response } from 'express';
import { HttpErrorFilter } from '../reading/http-error.filter.js';
import { FeedClients } from './feed-clients.js';
import { parseFeedFilter } from './feed-filter.js';

/** Serves the live feed, as server-sent events. */
@Controller('v1')
@UseFilters(HttpErrorFilter)
export class FeedController {
  constructor(private readonly clients: FeedClients) {}

  /** Returns once the client is being told: its stream is a task of its own, not the request's. */
  @Get('feed')
  feed(
    @Query() query: Readonly<Record<string, unknown>>,
    @Req() request: Request,
    @Res() response: Response,
  ): void {
    const filter = parseFeedFilter(query);
    // Express answers HEAD by the handlers of GET, and nobody would ever end it.
    if (request.method === 'HEAD') return void response.type('text/event-stream').end();
    const { remoteAddress = 'unknown' } = request.socket;
    const lastEventId = request.get('last-event-id');
    this.clients.serve(`${request.originalUrl} for ${remoteAddress}`, response, {
      filter,
      lastEventId,
    });
  }
}
