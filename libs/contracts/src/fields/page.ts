import { Field } from './field.js';
import { IsText, IsWhole } from './scalars.js';

/** The most items of a page. */
export const MAX_PAGE_ITEMS = 100;

/** What every query for a list can ask. */
export class PageRequest {
  @Field('How many items at most.', { unit: 'items', default: 50 })
  @IsWhole(1, MAX_PAGE_ITEMS)
  readonly limit!: number;

  @Field('Where to go on: the `nextCursor` of the page before.', { optional: true })
  @IsText(1_024, 1)
  readonly cursor?: string;
}

/** What every page of a list says. */
export class Page {
  @Field('Where the next page begins; absent on the last one.', { optional: true })
  @IsText(1_024, 1)
  readonly nextCursor?: string;
}
