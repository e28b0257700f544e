import { Field } from '../fields/field.js';
import { IsSlug } from '../fields/names.js';
import { command } from '../registry/definition.js';
import { StreamSettings } from './settings.js';

/** Follow a live HTTP stream. */
export class StartStream extends StreamSettings {
  @Field('The name of the stream; a further start of it brings new settings at the old position.')
  @IsSlug()
  readonly streamId!: string;
}

export const startStream = command({
  type: 'stream.start',
  contract: StartStream,
  summary: 'Follow a live HTTP stream, through reconnects and restarts, from where it was.',
  examples: [
    {
      streamId: 'edge-access',
      url: 'https://edge-01.example.net/logs/access?follow=1',
      format: 'ndjson',
      request: {
        headers: { accept: 'application/x-ndjson' },
        secretHeaders: { authorization: 'secret:edge-token' },
        tls: { ca: 'secret:edge-ca' },
      },
      resume: { by: 'time', parameter: 'since', overlapMs: 5_000, onGap: 'earliest' },
      idleTimeoutMs: 60_000,
      maxLineBytes: 1_048_576,
      index: 'edge-access-%Y.%m.%d',
      timestampField: 'time',
      onEnd: 'reconnect',
      rateLimit: { bytesPerSecond: 5_242_880 },
    },
  ],
});
