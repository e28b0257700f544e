/** What a client says before its first frame: AMQP, 0, 0, 9, 1. */
const PREAMBLE_BYTES = 8;
/** Type (1), channel (2), length of the payload (4). */
const HEADER_BYTES = 7;
const END_BYTES = 1;
const FRAME_END = 0xce;
const METHOD = 1;

/** Class and method numbers of AMQP 0-9-1. */
const START_OK = 0x000a_000b;
const CONSUME = 0x003c_0014;
const ACK = 0x003c_0050;

/** Cuts what a client says into whole frames (AMQP 0-9-1, 4.2.3). */
export class FrameSplitter {
  private rest: Buffer = Buffer.alloc(0);
  private greeted = false;

  /** The frames that are complete with this piece; the greeting counts as one. */
  push(piece: Buffer): Buffer[] {
    this.rest = this.rest.length === 0 ? piece : Buffer.concat([this.rest, piece]);
    const frames: Buffer[] = [];
    for (let size = this.nextSize(); size <= this.rest.length; size = this.nextSize()) {
      frames.push(this.rest.subarray(0, size));
      this.rest = this.rest.subarray(size);
      this.greeted = true;
    }
    return frames;
  }

  private nextSize(): number {
    if (!this.greeted) return PREAMBLE_BYTES;
    if (this.rest.length < HEADER_BYTES) return Infinity;
    return HEADER_BYTES + this.rest.readUInt32BE(3) + END_BYTES;
  }
}

/** The `connection_name` a client gives itself; undefined for any other frame. */
export function connectionNameIn(frame: Buffer): string | undefined {
  if (methodOf(frame) !== START_OK) return undefined;
  const key = 'connection_name';
  const at = frame.indexOf(key);
  if (at < 0) return undefined;
  // A long string: S, its length, its bytes.
  const lengthAt = at + key.length + 1;
  const length = frame.readUInt32BE(lengthAt);
  return frame.toString('utf8', lengthAt + 4, lengthAt + 4 + length);
}

/** The channel on which a client begins to consume; undefined for any other frame. */
export function consumingChannelIn(frame: Buffer): number | undefined {
  return methodOf(frame) === CONSUME ? frame.readUInt16BE(1) : undefined;
}

/** An acknowledgement of a delivery that never was: RabbitMQ closes the channel (406, unknown delivery tag). */
export function absurdAck(channel: number): Buffer {
  const payload = Buffer.alloc(13);
  payload.writeUInt32BE(ACK, 0);
  payload.writeBigUInt64BE(0x7fff_ffff_ffffn, 4);
  const frame = Buffer.alloc(HEADER_BYTES + payload.length + END_BYTES);
  frame.writeUInt8(METHOD, 0);
  frame.writeUInt16BE(channel, 1);
  frame.writeUInt32BE(payload.length, 3);
  payload.copy(frame, HEADER_BYTES);
  frame.writeUInt8(FRAME_END, frame.length - END_BYTES);
  return frame;
}

function methodOf(frame: Buffer): number | undefined {
  const isMethod = frame.length > HEADER_BYTES + 4 && frame.readUInt8(0) === METHOD;
  return isMethod ? frame.readUInt32BE(HEADER_BYTES) : undefined;
}
