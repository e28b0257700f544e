import { describe, expect, it } from '@jest/globals';
import { QUEUES } from '#contracts';
import { bindingFindings } from './binding-findings.js';
import { compareBindings, type FoundBinding } from './bindings.js';
import { Hints } from './hints.js';

const hints = new Hints({ vhost: 'signalbox', mesh: undefined, workingDirectory: '/' });
const queue = QUEUES['status.record'];
const found = (source: string, key: string): FoundBinding => ({
  source,
  routing_key: key,
  properties_key: encodeURIComponent(key),
});
const declared = [
  found('', queue.name),
  ...queue.bindings.map(({ exchange, key }) => found(exchange, key)),
];
const findings = (all: readonly FoundBinding[] | undefined) =>
  bindingFindings(compareBindings(queue, all), hints);

describe('the bindings of a queue', () => {
  it('are fine as declared', () => {
    expect(findings(declared)).toMatchObject([
      { state: 'ok', says: `${queue.bindings.length} bindings, all as declared` },
    ]);
  });

  it('that is not there are told of the queue, not of the bindings', () => {
    expect(compareBindings(queue, undefined)).toEqual({ count: 0, drift: [] });
  });

  it('may be missing: its service binds it when it starts', () => {
    expect(findings(declared.filter(({ routing_key: key }) => key !== 'task.run'))).toEqual([
      {
        check: 'bindings',
        state: 'trouble',
        says: 'missing: signalbox.commands -> status.record by task.run; status binds it when it starts, until then no such message comes',
        next: expect.stringContaining('docker compose restart status'),
      },
    ]);
  });

  it('may be foreign: they are deleted by what the management API calls them', () => {
    const foreign = found('signalbox.events', 'target.output.#');
    expect(findings([...declared, foreign])).toMatchObject([
      {
        state: 'trouble',
        says: 'foreign: signalbox.events -> status.record by target.output.#; status gets messages that are not for it',
        next: expect.stringMatching(
          /\/api\/bindings\/signalbox\/e\/signalbox\.events\/q\/status\.record\/target\.output\.%2523$/,
        ),
      },
    ]);
  });

  it('are told one by one up to five', () => {
    const told = findings([found('', queue.name)]);
    expect(told).toHaveLength(6);
    expect(told.at(-1)?.says).toBe(`${queue.bindings.length - 5} more bindings not as declared`);
  });

  it('that could not be looked at are not known, with how they can be', () => {
    expect(bindingFindings(new Error('why'), hints)).toMatchObject([
      { state: 'unknown', says: 'why', next: expect.stringContaining('RABBITMQ_MANAGEMENT_URL=') },
    ]);
  });
});
