import { describe, expect, it } from '@jest/globals';
import { planOf, type FieldPlan } from '../checking/plan.js';
import { fieldsOf, type Contract } from '../fields/field.js';
import { definitionOf } from './lookup.js';
import { MESSAGES } from './messages.js';

const contracts = allContracts();

describe('the registry', () => {
  it('knows each message by its type and by its class', () => {
    for (const definition of MESSAGES) {
      expect(definitionOf(definition.type)).toBe(definition);
      expect(definitionOf(definition.contract)).toBe(definition);
    }
  });

  it('has a reply for every query', () => {
    const types = MESSAGES.map((definition) => definition.type);
    const queries = MESSAGES.filter((definition) => definition.kind === 'query');
    expect(types).toEqual(
      expect.arrayContaining(queries.map((definition) => `${definition.type}.answered`)),
    );
  });

  it('records exactly what the record follows from', () => {
    const recorded = MESSAGES.filter((definition) => definition.record);
    expect(recorded.map((definition) => definition.type)).toEqual([
      'task.run',
      'task.targets',
      'task.cancel',
      'task.pause',
      'task.resume',
      'stream.start',
      'stream.stop',
      'lease.acquire',
      'lease.resume',
      'lease.released',
      'lease.unknown',
      'lease.expired',
      'status.tick',
      'targets.changed',
      'stream.changed',
      'stream.checkpointed',
      'stream.gap',
      'stream.stopped',
      'stream.failed',
      'index.changed',
      'index.blocked',
      'index.unblocked',
      'service.started',
      'service.stopped',
      'service.lost',
    ]);
  });

  it.each([
    ['command', { unknownFields: 'refuse', persistent: true, mandatory: true }],
    ['query', { unknownFields: 'refuse', persistent: false, mandatory: true }],
    ['reply', { unknownFields: 'ignore', persistent: false, mandatory: false }],
    ['offer', { unknownFields: 'ignore', persistent: true, mandatory: true }],
    ['control', { unknownFields: 'ignore', persistent: false, mandatory: true }],
    ['lease', { unknownFields: 'ignore', mandatory: true }],
    ['event', { unknownFields: 'ignore' }],
  ])('every %s is published with %j', (kind, how) => {
    const ofKind = MESSAGES.filter((definition) => definition.kind === kind);
    for (const definition of ofKind) expect(definition).toMatchObject(how);
    expect(ofKind.length).toBeGreaterThan(0);
  });

  it('loses nothing but live output and ticks when the broker restarts', () => {
    const transient = MESSAGES.filter(
      ({ kind, persistent }) => (kind === 'event' || kind === 'lease') && !persistent,
    );
    expect(transient.map((definition) => definition.type)).toEqual([
      'status.tick',
      'target.output',
    ]);
  });

  it('demands a reader for every event but those for watchers alone', () => {
    const optional = MESSAGES.filter(({ kind, mandatory }) => kind === 'event' && !mandatory);
    expect(optional.map((definition) => definition.type)).toEqual([
      'target.output',
      'execution.changed',
      'execution.finished',
    ]);
  });

  it.each(MESSAGES)(
    '$type has examples and says what it is',
    ({ examples, summary, readBy, from }) => {
      expect(examples.length).toBeGreaterThan(0);
      for (const words of [summary, readBy, from]) expect(words).not.toBe('');
    },
  );

  it('sends an event under its type and what it is about', () => {
    const [event] = definitionOf('targets.changed').examples;
    expect(definitionOf('targets.changed').routingKey(event!)).toBe(
      'targets.changed.0192f0c4-6b1e-4c57-9d6a-3f1f0a7d2b11',
    );
    const [blocked] = definitionOf('index.unblocked').examples;
    expect(definitionOf('index.unblocked').routingKey(blocked!)).toBe('index.unblocked.*');
  });

  it('does not send a reply nowhere', () => {
    const reply = definitionOf('query.failed');
    expect(reply.routingKey(reply.examples[0]!, 'amq.rabbitmq.reply-to.x')).toBe(
      'amq.rabbitmq.reply-to.x',
    );
    expect(() => reply.routingKey(reply.examples[0]!)).toThrow(TypeError);
  });
});

describe('every contract', () => {
  it('has a name of its own', () => {
    expect(new Set(contracts.map((contract) => contract.name)).size).toBe(contracts.length);
  });

  it.each(contracts)('$name: every field has a description and is checked', (contract) => {
    const { fields } = planOf(contract);
    for (const field of fields) {
      expect(field.description).toMatch(/^[^\n]+[.:]$/);
      expect(field.rules.length + (field.nested ? 1 : 0)).toBeGreaterThan(0);
    }
  });

  it.each(contracts)('$name: a time or a size says its unit', (contract) => {
    const fields = planOf(contract).fields;
    const units = (chosen: (field: FieldPlan) => boolean) =>
      new Set(fields.filter(chosen).map((field) => field.unit));
    const times = units(({ rules }) => rules.some((rule) => rule.name === 'isTime'));
    expect([...times]).toEqual(times.size === 0 ? [] : ['ms since 1970']);
    const limits = units(({ name }) => name.endsWith('Ms'));
    expect([...limits]).toEqual(limits.size === 0 ? [] : ['ms']);
    const sizes = units(({ name }) => name.endsWith('Bytes'));
    expect([...sizes]).toEqual(sizes.size === 0 ? [] : ['bytes']);
  });
});

/** The contracts of all messages and all that is nested in them. */
function allContracts(): Contract[] {
  const found = new Set<Contract>();
  const visit = (contract: Contract): void => {
    if (found.has(contract)) return;
    found.add(contract);
    for (const { nested } of fieldsOf(contract)) if (nested) visit(nested.contract());
  };
  for (const { contract } of MESSAGES) visit(contract);
  return [...found];
}
