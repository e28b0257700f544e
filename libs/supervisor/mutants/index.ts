/** The bugs that the unit tests of the supervisor must catch: `npm run mutants -- supervisor`. */
import type { Mutant } from '../../../tools/mutants/mutant.ts';
import { admission } from './admission.ts';
import { cancellation } from './cancellation.ts';
import { ending } from './ending.ts';
import { time } from './time.ts';

export const mutants: readonly Mutant[] = [...admission, ...cancellation, ...ending, ...time];
