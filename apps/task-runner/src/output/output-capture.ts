import type { OutputChannel } from '#contracts';
import { TailBuffer } from './tail-buffer.js';
import { type TextPiece, Utf8Text } from './utf8-text.js';

/** A piece of output as it goes to watchers and the index: whole characters. */
export interface OutputPiece extends TextPiece {
  readonly channel: OutputChannel;
}

/** What the record keeps of an attempt's output. */
export interface OutputSummary {
  /** The end of the output, both channels in the order in which they came. */
  readonly tail: string;
  /** All that was written, in bytes, past the cap too. */
  readonly bytes: number;
  /** Whether more than the cap was written, so that live output and index have a part of it only. */
  readonly truncated: boolean;
}

/**
 * Takes what one attempt writes and keeps what is asked for: pieces up to a cap, and a summary of
 * everything. Memory is bounded by `tailBytes` whatever is written.
 */
export class OutputCapture {
  private readonly channels = { stdout: new Utf8Text(), stderr: new Utf8Text() };
  private readonly tail: TailBuffer;
  private bytes = 0;

  /**
   * @param capBytes how much of both channels together becomes pieces.
   * @param tailBytes how long the summary's tail may be.
   */
  constructor(
    private readonly capBytes: number,
    tailBytes: number,
  ) {
    this.tail = new TailBuffer(tailBytes);
  }

  /** Takes what was written and returns the pieces that go on: one, or none past the cap. */
  write(chunk: Uint8Array, channel: OutputChannel): readonly OutputPiece[] {
    const room = Math.max(0, this.capBytes - this.bytes);
    this.bytes += chunk.length;
    const text = this.channels[channel];
    const within = text.push(chunk.subarray(0, room));
    // The tail goes on past the cap: the end of an output says how it ended.
    const beyond = text.push(chunk.subarray(room));
    this.tail.append(within.text + beyond.text);
    return pieces(channel, within);
  }

  /** What is left of characters that never became complete. Call it once, after the last write. */
  end(): readonly OutputPiece[] {
    const rest = [
      ...pieces('stdout', this.channels.stdout.end()),
      ...pieces('stderr', this.channels.stderr.end()),
    ];
    for (const { text } of rest) this.tail.append(text);
    return this.bytes > this.capBytes ? [] : rest;
  }

  summary(): OutputSummary {
    const { bytes } = this;
    return { tail: this.tail.toString(), bytes, truncated: bytes > this.capBytes };
  }
}

function pieces(channel: OutputChannel, piece: TextPiece): readonly OutputPiece[] {
  return piece.text === '' ? [] : [{ channel, ...piece }];
}
