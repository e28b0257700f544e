import { planOf, type FieldPlan } from '../checking/plan.js';
import type { Contract, FieldInfo } from '../fields/field.js';

/** A field of a contract in words, for people. */
export interface FieldDescription extends Pick<
  FieldInfo,
  'name' | 'description' | 'unit' | 'default' | 'nested'
> {
  /** Whether a body without it is refused. */
  readonly required: boolean;
  /** Completes "must be …", in the words of a violation; empty when only the nested contract says it. */
  readonly mustBe: string;
}

/** The fields of a contract, in the order of its declaration, inherited ones first. */
export function describeContract(contract: Contract): readonly FieldDescription[] {
  return planOf(contract).fields.map((field) => ({
    name: field.name,
    description: field.description,
    ...(field.unit !== undefined && { unit: field.unit }),
    ...(field.default !== undefined && { default: field.default }),
    ...(field.nested && { nested: field.nested }),
    required: !field.optional && field.default === undefined,
    mustBe: mustBe(field),
  }));
}

function mustBe({ rules, nullable }: FieldPlan): string {
  const words = rules.map(({ expects }) =>
    (typeof expects === 'string' ? expects : expects(undefined)).replace(/^must be /, ''),
  );
  if (nullable) words.push('null');
  return words.join(', or ');
}
