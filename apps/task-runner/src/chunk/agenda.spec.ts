import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '#supervisor';
import { Agenda } from './agenda.js';

describe('Agenda', () => {
  it('does what is due, in its order, once', () => {
    const clock = new ManualClock();
    const agenda = new Agenda(clock);
    const done: string[] = [];
    agenda.add(20, () => done.push('b'));
    agenda.add(10, () => done.push('a'));
    agenda.add(Infinity, () => done.push('never'));
    expect(agenda.nextInMs()).toBe(10);
    agenda.doDue();
    expect(done).toEqual([]);
    clock.advance(25);
    expect(agenda.nextInMs()).toBe(0);
    agenda.doDue();
    agenda.doDue();
    expect(done).toEqual(['a', 'b']);
    expect(agenda.nextInMs()).toBe(Infinity);
  });

  it('keeps what is added meanwhile', () => {
    const clock = new ManualClock();
    const agenda = new Agenda(clock);
    agenda.add(0, () => agenda.add(5, () => {}));
    agenda.doDue();
    expect(agenda.nextInMs()).toBe(5);
  });
});
