import type { OutputChannel } from '#contracts';
import { headOf } from './recordable-text.js';
import type { OutputPiece } from './output-capture.js';

/** One line of an attempt's output, not empty. */
export interface OutputLine {
  readonly channel: OutputChannel;
  /** Its place among the attempt's lines, from 1. */
  readonly ordinal: number;
  /** Without its line end. */
  readonly text: string;
}

/** Longer lines are cut into several: a document has to fit into a message. */
const MAX_LINE_LENGTH = 16_384;

/** Cuts an attempt's output into lines, each channel by itself. Keeps one unfinished line of each. */
export class OutputLines {
  private readonly unfinished = { stdout: '', stderr: '' };
  private ordinal = 0;

  /** The lines that a piece finishes. */
  push({ channel, text }: OutputPiece): readonly OutputLine[] {
    const lines = (this.unfinished[channel] + text).split('\n');
    const rest = lines.pop() ?? '';
    const finished = lines.flatMap((line) => this.cut(channel, line.replace(/\r$/, '')));
    // What has no end yet is kept, but not for ever.
    const isTooLong = rest.length > MAX_LINE_LENGTH;
    this.unfinished[channel] = isTooLong ? '' : rest;
    return isTooLong ? [...finished, ...this.cut(channel, rest)] : finished;
  }

  /** The last line of each channel, when it has no line end. Call it once, after the last piece. */
  end(): readonly OutputLine[] {
    return (['stdout', 'stderr'] as const).flatMap((channel) => {
      const rest = this.unfinished[channel];
      this.unfinished[channel] = '';
      return this.cut(channel, rest);
    });
  }

  /** An empty line is none: nobody searches for it. */
  private cut(channel: OutputChannel, line: string): OutputLine[] {
    const parts: OutputLine[] = [];
    for (let rest = line; rest !== '';) {
      const head = headOf(rest, MAX_LINE_LENGTH);
      parts.push(this.number(channel, head));
      rest = rest.slice(head.length);
    }
    return parts;
  }

  private number(channel: OutputChannel, text: string): OutputLine {
    this.ordinal += 1;
    return { channel, ordinal: this.ordinal, text };
  }
}
