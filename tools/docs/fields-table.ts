import { describeContract, type Contract, type FieldDescription } from '#contracts';
import { code, linkTo, table } from './markdown.ts';

/** How nested contracts are shown: their fields in the same table, or a link to a table of their own. */
export type NestedFields = 'inline' | 'linked';

/** The table of a contract's fields. */
export function fieldsTable(contract: Contract, nested: NestedFields): string {
  const rows = rowsOf(contract, '', nested);
  if (rows.length === 0) return 'No fields.';
  return table(['field', 'must be', 'default', 'meaning'], rows);
}

/** The contracts that a contract holds, at any depth, each once. */
export function partsOf(contract: Contract, found = new Set<Contract>()): ReadonlySet<Contract> {
  for (const { nested } of describeContract(contract)) {
    const part = nested?.contract();
    if (!part || found.has(part)) continue;
    found.add(part);
    partsOf(part, found);
  }
  return found;
}

function rowsOf(contract: Contract, prefix: string, nested: NestedFields): string[][] {
  return describeContract(contract).flatMap((field) => {
    const name = `${prefix}${field.name}`;
    const row = [code(name), mustBe(field, nested), byDefault(field), meaning(field)];
    if (!field.nested || nested === 'linked') return [row];
    const suffix = field.nested.shape === 'list' ? '[].' : '.';
    return [row, ...rowsOf(field.nested.contract(), `${name}${suffix}`, nested)];
  });
}

function mustBe({ mustBe: words, nested }: FieldDescription, how: NestedFields): string {
  if (!nested) return words;
  const part = how === 'linked' ? linkTo(nested.contract().name) : 'an object';
  if (nested.shape === 'list') return `${words}: ${part}`;
  return words === '' ? part : `${part}, or ${words}`;
}

function byDefault(field: FieldDescription): string {
  if (field.required) return '**required**';
  return field.default === undefined ? '–' : code(JSON.stringify(field.default));
}

function meaning({ description, unit }: FieldDescription): string {
  return unit === undefined ? description : `${description} *${unit}*`;
}
