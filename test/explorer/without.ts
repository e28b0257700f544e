import { registerHooks } from 'node:module';
import type { Patch } from './rules.ts';

/** From here on these modules are loaded without their rules. Throws, when one is loaded, if its patch does not fit exactly once. */
export function loadWithout(patches: readonly Patch[]): void {
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      const own = patches.filter(({ module }) => url.endsWith(`/dist/${module}`));
      if (own.length === 0) return loaded;
      const { source = '' } = loaded;
      const text =
        typeof source === 'string' ? source : new TextDecoder().decode(source ?? undefined);
      return { ...loaded, source: own.reduce(applied, text) };
    },
  });
}

function applied(source: string, { module, replace, by }: Patch): string {
  const parts = source.split(replace);
  if (parts.length !== 2) {
    throw new Error(
      `${module} has ${parts.length - 1} times what is to be replaced, not once: ${replace}`,
    );
  }
  return parts.join(by);
}
