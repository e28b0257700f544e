import { buildIfStale, isBuilt } from './build.js';
import { alone } from './lock.js';
import { isUsable as isOpenSearchUsable, provideOpenSearch } from './opensearch.js';
import { havePackages, installPackages } from './packages.js';
import { addPlaces, readPlaces } from './places.js';
import { isUsable as isRabbitMqUsable, provideRabbitMq } from './rabbitmq.js';

/**
 * @typedef {object} Step
 * @property {() => boolean} isDone quick: it runs before every npm script
 * @property {(say: (line: string) => void) => Promise<void>} take
 */

/** @type {Step} */
const packages = { isDone: havePackages, take: installPackages };

/** @type {Step} */
const build = { isDone: isBuilt, take: buildIfStale };

/** @type {Step} */
const rabbitMq = {
  isDone: () => Boolean(process.env.AMQP_URL) || isRabbitMqUsable(readPlaces().rabbitmq),
  take: async (say) => addPlaces({ rabbitmq: await provideRabbitMq(say) }),
};

/** @type {Step} */
const openSearch = {
  isDone: () => Boolean(process.env.OPENSEARCH_URL) || isOpenSearchUsable(readPlaces().opensearch),
  take: async (say) => addPlaces({ opensearch: await provideOpenSearch(say) }),
};

/**
 * Takes the steps that are not done yet. PostgreSQL has none: it comes with the packages.
 * Throws with what happened and what to do.
 *
 * @param {ReadonlySet<string>} wanted of `build`, `servers`, `opensearch`
 */
export async function setUp(wanted) {
  // The build needs the packages; the servers need nothing and may be fetched meanwhile.
  const inOrder = [packages, ...(wanted.has('build') ? [build] : [])];
  const servers = [
    ...(wanted.has('servers') ? [rabbitMq] : []),
    ...(wanted.has('opensearch') ? [openSearch] : []),
  ];
  if ([...inOrder, ...servers].every((step) => step.isDone())) return;
  await alone(async () => {
    const taking = [takeInOrder(inOrder), ...servers.map((step) => takeInOrder([step]))];
    const failed = (await Promise.allSettled(taking)).filter((one) => one.status === 'rejected');
    if (failed.length > 0) throw new Error(failed.map(({ reason }) => reason.message).join('\n\n'));
  });
}

/** @param {readonly Step[]} steps */
async function takeInOrder(steps) {
  for (const step of steps) {
    if (!step.isDone()) await step.take((line) => console.log(`set-up: ${line}`));
  }
}
