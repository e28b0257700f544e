import { Line, type Place } from './line.js';

/** Somebody who waits, alone or as one of a group. */
export interface Grouped {
  /** None is a group too. */
  readonly group: string | undefined;
}

/**
 * Groups take turns: first come, first served within a group, and one of each group after the
 * other. A group that comes gets its first turn after one turn of each that is there, however many
 * of those wait. Everything costs O(1).
 */
export class FairLine<T extends Grouped> {
  readonly #groups = new Map<string | undefined, Group<T>>();
  readonly #turns = new Line<Group<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Joins its group, at the end. */
  push(value: T): Place<T> {
    this.#size += 1;
    return this.#groupOf(value).members.push(value);
  }

  /** Takes the next out. */
  shift(): T | undefined {
    const group = this.#turns.first;
    const value = group?.members.shift();
    if (group === undefined || value === undefined) return undefined;
    this.#size -= 1;
    this.#endTurn(group);
    return value;
  }

  /** Leaves from anywhere; does nothing for a place that was left before. */
  remove(place: Place<T>): void {
    const group = place.inLine ? this.#groups.get(place.value.group) : undefined;
    if (group === undefined) return;
    group.members.remove(place);
    this.#size -= 1;
    if (group.members.size === 0) this.#dissolve(group);
  }

  #groupOf({ group: name }: T): Group<T> {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const group = new Group<T>(name);
    this.#groups.set(name, group);
    group.turn = this.#turns.push(group);
    return group;
  }

  #endTurn(group: Group<T>): void {
    if (group.members.size === 0) return this.#dissolve(group);
    if (this.#turns.size === 1) return;
    this.#leaveTurns(group);
    group.turn = this.#turns.push(group);
  }

  #dissolve(group: Group<T>): void {
    this.#groups.delete(group.name);
    this.#leaveTurns(group);
  }

  #leaveTurns({ turn }: Group<T>): void {
    if (turn !== undefined) this.#turns.remove(turn);
  }
}

class Group<T> {
  readonly members = new Line<T>();
  turn: Place<Group<T>> | undefined;

  constructor(readonly name: string | undefined) {}
}
