import { IsPattern, IsOneOf } from './scalars.js';
import { IsWordList } from './collections.js';
import { rule } from './rule.js';
import { SERVICES } from '../topology/names.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const SLUG = /^[a-z0-9-]{1,64}$/;
const INSTANCE_ID =
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\.[1-9][0-9]{0,8}$/;
// The stores refuse a name that begins with a hyphen, and read it as "all but this" in a search.
const INDEX_TEMPLATE = /^[a-z0-9][a-z0-9-]{0,63}(?:%Y\.%m\.%d)?$/;
// A template's name, with what `resolveIndexName` makes of it: a day, or `-late`.
const INDEX_NAME = /^[a-z0-9][a-z0-9-]{0,68}(?:[0-9]{4}\.[0-9]{2}\.[0-9]{2})?$/;
const INDEX_SEARCH = /^[a-z0-9*][a-z0-9.*-]{0,127}$/;

/** A UUID in lower case. */
export function IsUuid(): PropertyDecorator {
  return IsPattern('isUuid', UUID, 'must be a UUID in lower case');
}

/** A slug: `[a-z0-9-]{1,64}`. */
export function IsSlug(): PropertyDecorator {
  return IsPattern('isSlug', SLUG, 'must be 1 to 64 of the characters a-z, 0-9 and -');
}

/** `<processId>.<n>`: one lease channel of one process. */
export function IsInstanceId(): PropertyDecorator {
  return IsPattern('isInstanceId', INSTANCE_ID, 'must be a process id, a dot and a number');
}

/** 1 to 100 distinct instance ids. */
export function IsInstanceIds(): PropertyDecorator {
  return IsWordList(100, INSTANCE_ID, 'an instance id', 1);
}

/** The name of an index to write to; `%Y.%m.%d` at the end stands for the day of the document. */
export function IsIndexTemplate(): PropertyDecorator {
  return IsPattern(
    'isIndexTemplate',
    INDEX_TEMPLATE,
    'must be 1 to 64 of the characters a-z, 0-9 and -, not beginning with -, at most followed by %Y.%m.%d',
  );
}

/** The name of an index as documents carry it: no pattern left in it. */
export function IsIndexName(): PropertyDecorator {
  return IsPattern('isIndexName', INDEX_NAME, 'must be the name of an index');
}

/** True for the name of an index as documents carry it. */
export function isIndexName(value: string): boolean {
  return INDEX_NAME.test(value);
}

/** The name of an index, or `*` for all of them. */
export function IsIndexNameOrAll(): PropertyDecorator {
  return rule({
    name: 'isIndexNameOrAll',
    validate: (value) => value === '*' || (typeof value === 'string' && INDEX_NAME.test(value)),
    expects: 'must be the name of an index, or *',
    schema: { type: 'string', pattern: `^\\*$|${INDEX_NAME.source}` },
  });
}

/** The indexes to search: a name, or a pattern with `*`. */
export function IsIndexSearch(): PropertyDecorator {
  return IsPattern(
    'isIndexSearch',
    INDEX_SEARCH,
    'must be the name of an index, where * stands for anything',
  );
}

/** The name of a service. */
export function IsServiceName(): PropertyDecorator {
  return IsOneOf(SERVICES);
}

/** A stable code: a slug. Codes of newer versions and of plugins are let through. */
export function IsCode(): PropertyDecorator {
  return IsPattern('isCode', SLUG, 'must be a code of 1 to 64 of the characters a-z, 0-9 and -');
}
