import {
  ListStreams,
  ListStreamsAnswered,
  StartStream,
  StopStream,
  checkMessage,
} from '#contracts';
import type { Command } from 'commander';
import { streamLines } from '../output/streams.js';
import type { Cli } from './cli.js';
import { milliseconds } from './values.js';

interface StartOptions {
  readonly from: string;
  readonly format: string;
  readonly index: string;
  readonly resume: string;
  readonly onEnd?: string;
  readonly idleTimeout?: number;
  readonly timestampField?: string;
}

const EXAMPLES = `
Examples:
  $ signalbox stream start edge-access --from https://edge-01/logs?follow=1 --index edge-access
  $ signalbox stream start events --from https://api/events --format sse --resume event-id --index events
  $ signalbox stream list
  $ signalbox stream stop edge-access --reason maintenance`;

/** `signalbox stream start|stop|list`. */
export function addStream(program: Command, cli: Cli): void {
  const stream = program
    .command('stream')
    .description('follow live HTTP streams')
    .addHelpText('after', EXAMPLES);
  addStart(stream, cli);
  addStop(stream, cli);
  addList(stream, cli);
}

function addStart(stream: Command, cli: Cli): void {
  stream
    .command('start')
    .description('follow a stream, from where it was; for a running one: with new settings')
    .argument('<stream-id>', 'lower-case letters, digits and -')
    .requiredOption('--from <url>', 'where the stream is')
    .requiredOption('--index <name>', 'where its documents go; may end in %Y.%m.%d')
    .option('--format <format>', 'ndjson, sse or lines', 'ndjson')
    .option('--resume <by>', 'how the source lets us go on: event-id, bytes or none', 'none')
    .option('--on-end <what>', 'when the source ends the response: reconnect or stop')
    .option('--idle-timeout <duration>', 'reconnect when no byte came for so long', milliseconds)
    .option('--timestamp-field <name>', "the field with a document's time")
    .action(async (streamId: string, options: StartOptions) => {
      const { onEnd, idleTimeout, timestampField } = options;
      const command = checkMessage(StartStream, {
        streamId,
        url: options.from,
        format: options.format,
        index: options.index,
        resume: { by: options.resume },
        ...(onEnd !== undefined && { onEnd }),
        ...(idleTimeout !== undefined && { idleTimeoutMs: idleTimeout }),
        ...(timestampField !== undefined && { timestampField }),
      });
      await using session = await cli.session();
      await session.command(StartStream, command);
      const console = cli.console();
      console.object({ streamId, start: 'accepted' });
      console.line(`start recorded; see how it does with: signalbox stream list`);
    });
}

function addStop(stream: Command, cli: Cli): void {
  stream
    .command('stop')
    .description('follow a stream no further; its position is kept')
    .argument('<stream-id>')
    .option('--reason <text>', 'for those who read the record later')
    .action(async (streamId: string, { reason }: { readonly reason?: string }) => {
      const command = checkMessage(StopStream, {
        streamId,
        ...(reason !== undefined && { reason }),
      });
      await using session = await cli.session();
      await session.command(StopStream, command);
      const console = cli.console();
      console.object({ streamId, stop: 'accepted' });
      console.line(`stop recorded; what was read is being flushed`);
    });
}

function addList(stream: Command, cli: Cli): void {
  stream
    .command('list')
    .description('show the streams')
    .action(async () => {
      await using session = await cli.session();
      const console = cli.console();
      const query = checkMessage(ListStreams, { limit: 100 });
      const { items } = await session.ask(ListStreams, query, ListStreamsAnswered);
      for (const item of items) console.object(item);
      if (items.length === 0) {
        return console.line('no streams yet; start one with: signalbox stream start --help');
      }
      for (const line of streamLines(items, console.width)) console.line(line);
    });
}
