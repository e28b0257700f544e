import type { Mutant } from '../../../tools/mutants/mutant.ts';

/** Outcomes, closing, and the tree. */
export const ending: readonly Mutant[] = [
  {
    name: 'outcome-twice',
    story: 'A task that was given up is decided again when it settles after all.',
    file: 'src/supervised-task.ts',
    find: `    if (this.#outcome.isMade) this.#settleIfFinished();
    else if`,
    replace: `    if`,
  },
  {
    name: 'hook-breaks-the-supervisor',
    story: 'An onOutcome that throws takes the supervisor along.',
    file: 'src/supervisor.ts',
    find: `      this.#settings.onOutcome?.(outcome, task);
    } catch (error) {`,
    replace: `      this.#settings.onOutcome?.(outcome, task);
    } catch (error) {
      throw error;`,
  },
  {
    name: 'unbounded-close',
    story: 'Closing waits for every body, for as long as it takes.',
    file: 'src/close.ts',
    find: `    task.closeWithin(closeTimeoutMs);`,
    replace: ``,
  },
  {
    name: 'waiting-spawns-forgotten-at-close',
    story: 'Who waits for room when the supervisor closes waits for ever.',
    file: 'src/supervisor.ts',
    find: `      spawn.refuse(new SpawnRefusedError(this.name, spawn.task.name, 'closed'));`,
    replace: ``,
  },
  {
    name: 'child-outlives-parent',
    story: 'A parent is decided while its children run.',
    file: 'src/supervised-task.ts',
    find: ` && (this.#children?.allDecided ?? true);`,
    replace: `;`,
  },
  {
    name: 'children-not-aborted',
    story: 'Children do not hear that their parent was aborted.',
    file: 'src/supervised-task.ts',
    find: `    this.#children?.abort(causeForChildren(cause));`,
    replace: ``,
  },
  {
    name: 'child-failure-ignored',
    story: 'A parent succeeds although a child failed.',
    file: 'src/children.ts',
    find: `  if (outcome.status === 'failed') return { task: child.name, error: outcome.error };`,
    replace: ``,
  },
  {
    name: 'siblings-go-on',
    story: 'With fail-fast, a failure aborts nobody.',
    file: 'src/children.ts',
    find: `    this.home.parent.failFast(failure);`,
    replace: ``,
  },
  {
    name: 'collect-fails-fast',
    story: 'With collect, the first failure aborts the others.',
    file: 'src/supervised-task.ts',
    find: `if (this.#cause !== undefined || this.#children?.policy !== 'fail-fast') return;`,
    replace: `if (this.#cause !== undefined || this.#children === undefined) return;`,
  },
  {
    name: 'decided-inside-its-abort',
    story: 'A parent whose last child was pending is decided before its clean-ups begin.',
    file: 'src/supervised-task.ts',
    find: `    this.#isAborting = true;`,
    replace: ``,
  },
  {
    name: 'cut-off-by-a-close-unnoticed',
    story: 'A parent calls itself done although a close kept its pending children from starting.',
    file: 'src/children.ts',
    find: ` || reason === parent.owner.closeReason`,
    replace: ``,
  },
  {
    name: 'unprintable-error-stops-everything',
    story: 'An error whose message cannot be printed leaves a parent undecided for ever.',
    file: 'src/errors.ts',
    find: `  } catch {
    return 'something that cannot be printed was thrown';`,
    replace: `  } catch (problem) {
    throw problem;`,
  },
  {
    name: 'close-keeps-its-time-to-itself',
    story: 'The closing time that close() was given is not what the tasks get.',
    file: 'src/supervisor.ts',
    find: `    this.#owner.closeTimeoutMs = options.closeTimeoutMs;`,
    replace: ``,
  },
  {
    name: 'options-read-late',
    story: 'A caller that uses an options object again changes the tasks that it spawned before.',
    file: 'src/supervisor.ts',
    find: `options === NO_OPTIONS ? options : { ...options }`,
    replace: `options`,
  },
];
