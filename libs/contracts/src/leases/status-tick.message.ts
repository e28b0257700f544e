import { Field } from '../fields/field.js';
import { IsUuid } from '../fields/names.js';
import { IsTime } from '../fields/scalars.js';
import { lease } from '../registry/definition.js';

/** Time, as the record knows it. */
export class StatusTick {
  @Field('The status process that says so.')
  @IsUuid()
  readonly processId!: string;

  @Field('Now; the record keeps the largest.', { unit: 'ms since 1970' })
  @IsTime()
  readonly at!: number;
}

export const statusTick = lease({
  type: 'status.tick',
  contract: StatusTick,
  from: 'every status that consumes',
  persistent: false,
  summary: 'Carries time into the record, once a second: timeouts follow from it.',
  examples: [{ processId: 'c5a1c9d8-3c39-4a77-9a1e-3f7e7b4f2a66', at: 1_764_000_000_000 }],
});
