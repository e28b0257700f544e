import fc from 'fast-check';

type Change = (value: unknown, body: unknown) => unknown;
type Parent = Record<string | number, unknown>;

const GONE = Symbol('gone');
const parsed = (json: string): unknown => JSON.parse(json);
const nested = (open: string, close: string, depth: number) =>
  parsed(`${open.repeat(depth)}1${close.repeat(depth)}`);

const ODD_NUMBERS = [0, -0, -1, 1, 0.5, 1e21, 1e-7, 2 ** 53, 2 ** 53 - 1, 2 ** 32, Infinity, NaN];
const ODD_TEXTS =
  `|\n|\u0000|\ud800|a\n|😀|NaN|1|0%|100%|101%|*|-a|x|a..b|x-%Y.%m.%d|stream/a|secret:a|
http://h|https://u:p@h/|ftp://h|http://h h|HTTP:h|[::1]:22|[fe80::1%eth0]|a@b:0|a:65536`.split('|');
const LONG_TEXTS = [64, 65, 256, 8_001].flatMap((n) => ['x'.repeat(n), '😀'.repeat(n / 2)]);
const ODD_LISTS = [[], [[]], [null], [1, 1], ['a', 'a']];
const ODD_OBJECTS = [{}, { a: 1 }, { a: '1' }, { 'x-b': 'secret:c' }];
const DEEP = [nested('{"a":', '}', 16), nested('{"a":', '}', 17), { a: nested('[', ']', 16) }];
const POLLUTING = ['{"__proto__":"1"}', '{"constructor":{}}', '{"a":[{"prototype":"b"}]}'].map(
  parsed,
);
const ODD_VALUES: readonly unknown[] = [
  [null, true, false, undefined],
  ODD_NUMBERS,
  ODD_TEXTS,
  LONG_TEXTS,
  ODD_LISTS,
  ODD_OBJECTS,
  DEEP,
  POLLUTING,
].flat();
const ODD_NAMES = ['newer', '', 'toString', '__proto__', 'constructor', 'key', 'index', 'limit'];

/** What becomes of one of the bodies by one to four changes: of its fields, of what they hold, of where things stand. */
export function mutantsOf(bodies: readonly object[]): fc.Arbitrary<unknown> {
  const changes = fc.array(fc.tuple(fc.nat(), change()), { minLength: 1, maxLength: 4 });
  return fc
    .tuple(fc.constantFrom(...bodies), changes)
    .map(([body, all]) =>
      all.reduce<unknown>((mutant, [at, changed]) => changedAt(mutant, at, changed), body),
    );
}

function change(): fc.Arbitrary<Change> {
  const odd = fc.constantFrom(...ODD_VALUES);
  return fc.oneof(
    fc.constant<Change>(() => GONE),
    odd.map(
      (value): Change =>
        () =>
          structuredClone(value),
    ),
    fc.jsonValue({ maxDepth: 2 }).map(
      (value): Change =>
        () =>
          value,
    ),
    fc.tuple(fc.constantFrom(...ODD_NAMES), odd).map(
      ([name, odd]): Change =>
        (value) =>
          isObject(value) ? { ...value, ...(parsed(`{"${name}":${toJson(odd)}}`) as object) } : odd,
    ),
    fc.nat().map(
      (at): Change =>
        (_, body) =>
          structuredClone(valueAt(body, at)),
    ),
    fc
      .tuple(fc.nat(), fc.string({ minLength: 0, maxLength: 2, unit: 'binary' }), fc.nat(1))
      .map(([at, text, cut]): Change => edited(at, text, cut)),
    fc
      .constantFrom<(n: number) => number>(
        (n) => n + 1,
        (n) => n - 1,
        (n) => n + 0.5,
        (n) => -n,
        (n) => n * 1_000,
      )
      .map(
        (shift): Change =>
          (value) =>
            typeof value === 'number' ? shift(value) : [value],
      ),
    fc.constantFrom(2, 3, 101).map(
      (times): Change =>
        (value) =>
          Array.isArray(value)
            ? Array.from({ length: times }, () => value as unknown[]).flat()
            : { value },
    ),
    fc.constant<Change>((value) => (isObject(value) ? Object.values(value) : toJson(value))),
  );
}

/** Puts a text into a text, and takes a character out of it. */
function edited(at: number, text: string, cut: number): Change {
  return (value) => {
    if (typeof value !== 'string') return text;
    const where = at % (value.length + 1);
    return value.slice(0, where) + text + value.slice(where + cut);
  };
}

function changedAt(body: unknown, at: number, changed: Change): unknown {
  const copy = { body: structuredClone(body) };
  const places = placesIn(copy);
  const { parent, key } = places[at % places.length]!;
  const value = changed(parent[key], body);
  if (value !== GONE) parent[key] = value;
  else if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
  return copy.body;
}

function valueAt(body: unknown, at: number): unknown {
  const places = placesIn({ body });
  const { parent, key } = places[at % places.length]!;
  return parent[key];
}

/** Every place where a value stands, the root included. */
function placesIn(root: object): { parent: Parent; key: string | number }[] {
  const parent = root as Parent;
  return Object.keys(parent).flatMap((key) => {
    const inner = parent[key];
    const below = typeof inner === 'object' && inner !== null ? placesIn(inner) : [];
    return [{ parent, key }, ...below];
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toJson(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}
