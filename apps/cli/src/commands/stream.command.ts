import {
  ListStreams,
  ListStreamsAnswered,
  STREAM_STATES,
  StartStream,
  StopStream,
  checkMessage,
  type StreamState,
} from '#contracts';
import { Option, type Command } from 'commander';
import { pagesOf } from '../broker/pages.js';
import { showPages } from '../output/show-pages.js';
import { StreamTable } from '../output/streams.js';
import type { Cli } from './cli.js';
import { count, milliseconds } from './values.js';

interface StartOptions {
  readonly from: string;
  readonly format: string;
  readonly index: string;
  readonly resume: string;
  readonly onEnd?: string;
  readonly idleTimeout?: number;
  readonly timestampField?: string;
}

interface ListOptions {
  readonly state?: StreamState;
  readonly limit?: number;
}

const EXAMPLES = `
Examples:
  $ signalbox stream start edge-access --from https://edge-01/logs?follow=1 --index edge-access
  $ signalbox stream start events --from https://api/events --format sse --resume event-id --index events
  $ signalbox stream list --state failed
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
    .description('show the streams, in the order of their ids')
    .addOption(new Option('--state <state>', 'only those in this state').choices(STREAM_STATES))
    .option('--limit <n>', 'how many to show (default: all)', count)
    .action(async ({ state, limit = Infinity }: ListOptions) => {
      await using session = await cli.session();
      const console = cli.console();
      const pages = pagesOf(session, ListStreams, { state }, ListStreamsAnswered);
      const table = new StreamTable(console.width);
      const lines = table.lines.bind(table);
      if ((await showPages(pages, console, { limit, lines })) > 0) return;
      console.line(
        state === undefined
          ? 'no streams yet; start one with: signalbox stream start --help'
          : `no stream is ${state}`,
      );
    });
}
