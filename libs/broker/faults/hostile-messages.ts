import fc from 'fast-check';
import { MAX_DEPTH, MAX_MESSAGE_BYTES } from '#contracts';

/** A message that its reader may not be able to read. */
export interface HostileMessage {
  readonly key: 'document.search' | 'document.index';
  readonly body: Buffer;
  /** Beside the message id. */
  readonly properties: {
    readonly type?: string;
    readonly contentType?: string;
    readonly contentEncoding?: string;
    readonly replyTo?: string;
    readonly headers?: Readonly<Record<string, unknown>>;
  };
}

const KEYS = ['document.search', 'document.index'] as const;
const GOOD = {
  'document.search': '{"index":"lines","query":"hello","size":3}',
  'document.index': '{"create":{"_index":"lines","_id":"a"}}\n{"n":1}\n',
};

/** Bodies that have hurt somebody somewhere. */
const BODIES: readonly (string | Buffer)[] = [
  '',
  ' ',
  '\0',
  '\n\n\n',
  'null',
  'true',
  '0',
  '-0',
  '1e999',
  '-1e999',
  '123456789012345678901234567890',
  '""',
  '[]',
  '[[]]',
  '{}',
  '{',
  '}',
  '{"index":"lines"',
  '{"index":"lines"}}',
  '{"index":"lines"} {"index":"lines"}',
  "{'index':'lines'}",
  '{index:"lines"}',
  '{"index":"lines",}',
  '{"index":undefined}',
  '{"index":NaN}',
  '{"index":"lines","query":"\u0000"}',
  '{"index":"lines","query":"\\u0000"}',
  '{"index":"lines","query":"\\ud800"}',
  '{"index":"lines","size":1e308}',
  '{"index":"lines","size":-1}',
  '{"index":"lines","size":0.5}',
  '{"index":"lines","size":"20"}',
  '{"index":"lines","size":null}',
  '{"index":["lines"]}',
  '{"index":{"toString":"lines"}}',
  '{"index":"lines","index":7}',
  '{"index":7,"index":"lines"}',
  '{"index":"lines","unknown":1}',
  '{"__proto__":{"index":"lines"}}',
  '{"index":"lines","__proto__":{"polluted":true}}',
  '{"index":"lines","constructor":{"prototype":{"polluted":true}}}',
  '{"create":{"_index":"lines","_id":"a"}}',
  '{"create":{"_index":"lines","_id":"a"}}\n',
  '{"create":{"_index":"lines","_id":"a"}}\n\n',
  '{"create":{"_index":"lines","_id":"a"}}\n[1]\n',
  '{"create":{"_index":"../lines","_id":"a"}}\n{}\n',
  '{"delete":{"_index":"lines","_id":"a"}}\n',
  '{"create":{"_index":"lines","_id":""}}\n{}\n',
  '\ufeff{"index":"lines"}',
  `\ufeff${GOOD['document.index']}`,
  Buffer.from('{"index":"lines"}', 'utf16le'),
  Buffer.from([0xff, 0xfe, 0x7b, 0x7d]),
  Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]),
  Buffer.from([0xed, 0xa0, 0x80]),
  Buffer.from([0x1f, 0x8b, 0x08, 0x00]),
  '['.repeat(500_000),
  `${'['.repeat(250_000)}${']'.repeat(250_000)}`,
  `${'{"a":'.repeat(80_000)}1${'}'.repeat(80_000)}`,
  `${'['.repeat(MAX_DEPTH)}${']'.repeat(MAX_DEPTH)}`,
  `${'['.repeat(MAX_DEPTH + 1)}${']'.repeat(MAX_DEPTH + 1)}`,
  `{"index":"${'x'.repeat(MAX_MESSAGE_BYTES - 12)}"}`,
  `{"index":"${'x'.repeat(MAX_MESSAGE_BYTES)}"}`,
  'x'.repeat(MAX_MESSAGE_BYTES + 1),
  '\n'.repeat(MAX_MESSAGE_BYTES),
];

/** Envelopes that have. The broker passes on whatever a client writes there. */
const PROPERTIES: readonly HostileMessage['properties'][] = [
  {},
  { type: 'document.shred' },
  { type: 'document' },
  { type: '__proto__' },
  { type: 'toString' },
  { type: '' },
  { type: 'task.run' },
  { type: 'execution.finished' },
  { type: 'x'.repeat(255) },
  { contentType: 'text/html' },
  { contentType: 'application/json; charset=utf-16' },
  { contentEncoding: 'gzip' },
  { replyTo: 'nobody.is.here' },
  { replyTo: 'amq.rabbitmq.reply-to.forged' },
  { headers: { 'signalbox-attempt': 'many' } },
  { headers: { 'signalbox-attempt': -1 } },
  { headers: { 'signalbox-attempt': { nested: [1] } } },
  { headers: { 'signalbox-deadline': 'tomorrow' } },
  { headers: { 'signalbox-deadline': [] } },
  { headers: { 'signalbox-error-code': 7, 'signalbox-queue': null } },
  { headers: { 'signalbox-first-failed-at': 'x'.repeat(10_000) } },
  { headers: { 'x-death': 'not a list' } },
  { headers: { traceparent: '\u0000', tracestate: 5 } },
  { headers: { traceparent: ['00-1-2-03'] } },
  { headers: { __proto__: 1, constructor: 'x', toString: false } },
  { headers: { bytes: Buffer.from([0, 255]), far: 2 ** 53, small: 1e-300, nothing: null } },
  { headers: { double: { '!': 'double', value: 1e300 }, at: { '!': 'timestamp', value: 1 } } },
  { headers: { deep: { a: { b: { c: [{ d: [[[]]] }] } } } } },
  { headers: { '': 'no name' } },
  { headers: { huge: 'x'.repeat(60_000) } },
];

const key = fc.constantFrom(...KEYS);
const json = fc.json({ maxDepth: 5 });

/** Right names, anything in them. */
const mistyped = fc
  .record(
    { index: fc.jsonValue(), query: fc.jsonValue(), size: fc.jsonValue(), sort: fc.jsonValue() },
    { requiredKeys: [] },
  )
  .map((body) => JSON.stringify(body));

const nested = fc
  .tuple(fc.constantFrom('[', '{"a":', '[{"b":['), fc.integer({ min: 1, max: 1_000 }))
  .map(([open, depth]) => open.repeat(depth));

/** Lines as of documents, in no order. */
const lines = fc
  .array(
    fc.oneof(json, fc.constantFrom('{"create":{"_index":"lines","_id":"a"}}', '{"n":1}', '', '{}')),
    { maxLength: 8 },
  )
  .map((all) => `${all.join('\n')}\n`);

const truncated = fc
  .tuple(key, fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([which, share]) => GOOD[which].slice(0, Math.floor(share * GOOD[which].length)));

/** A good body with some bytes changed. */
const damaged = fc
  .tuple(key, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }))
  .map(([which, changes]) => {
    const body = Buffer.from(GOOD[which]);
    for (const [at, byte] of changes) body[at % body.length] = byte;
    return body;
  });

const repeatedKeys = fc
  .array(fc.tuple(fc.constantFrom('index', 'query', '__proto__', 'size'), json), { maxLength: 6 })
  .map((pairs) => `{${pairs.map(([name, value]) => `"${name}":${value}`).join(',')}}`);

const body = fc
  .oneof(
    { weight: 1, arbitrary: fc.constantFrom(...BODIES) },
    { weight: 2, arbitrary: fc.uint8Array({ maxLength: 200 }) },
    { weight: 2, arbitrary: fc.string({ unit: 'binary' }) },
    { weight: 3, arbitrary: json },
    { weight: 3, arbitrary: mistyped },
    { weight: 1, arbitrary: nested },
    { weight: 3, arbitrary: lines },
    { weight: 2, arbitrary: truncated },
    { weight: 3, arbitrary: damaged },
    { weight: 2, arbitrary: repeatedKeys },
  )
  .map((content) => Buffer.from(content as Uint8Array));

/** What amqplib can write; the broker passes on more. */
const headerValue = fc.oneof(
  fc.string({ maxLength: 300 }),
  fc.integer(),
  fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  fc.constantFrom(null, true, Buffer.from([0, 255]), [1, ['two', null]], { a: { b: [] } }),
);

const headers = fc.dictionary(fc.string({ maxLength: 20 }), headerValue, { maxKeys: 5 });

const properties = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...PROPERTIES) },
  { weight: 1, arbitrary: headers.map((odd) => ({ headers: odd })) },
);

/** So many hostile messages, the same for the same seed; the known ones first, each body to each reader. */
export function hostileMessages(count: number, seed: number): HostileMessage[] {
  const known = BODIES.flatMap((one, n) =>
    KEYS.map((to) => ({
      key: to,
      body: Buffer.from(one),
      properties: PROPERTIES[n % PROPERTIES.length]!,
    })),
  );
  const drawn = fc.sample(fc.record({ key, body, properties }), { numRuns: count, seed });
  return [...known, ...drawn].slice(0, count);
}

/** What either reader can read. */
export function goodMessage(to: HostileMessage['key']): HostileMessage {
  return { key: to, body: Buffer.from(GOOD[to]), properties: {} };
}
