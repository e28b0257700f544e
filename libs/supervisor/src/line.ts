/** One place in a line. */
export interface Place<T> {
  readonly value: T;
  /** @internal */
  previous: Place<T> | undefined;
  /** @internal */
  next: Place<T> | undefined;
  /** @internal */
  inLine: boolean;
}

/** First come, first served; leaving from the middle costs O(1). */
export class Line<T> {
  #head: Place<T> | undefined;
  #tail: Place<T> | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Who is next, and stays in line. */
  get first(): T | undefined {
    return this.#head?.value;
  }

  /** Joins at the end. */
  push(value: T): Place<T> {
    const place: Place<T> = { value, previous: this.#tail, next: undefined, inLine: true };
    if (this.#tail === undefined) this.#head = place;
    else this.#tail.next = place;
    this.#tail = place;
    this.#size += 1;
    return place;
  }

  /** Takes the first out. */
  shift(): T | undefined {
    const head = this.#head;
    if (head === undefined) return undefined;
    this.remove(head);
    return head.value;
  }

  /** Takes the last out. */
  pop(): T | undefined {
    const tail = this.#tail;
    if (tail === undefined) return undefined;
    this.remove(tail);
    return tail.value;
  }

  /** Leaves from anywhere; does nothing for a place that was left before. */
  remove(place: Place<T>): void {
    if (!place.inLine) return;
    place.inLine = false;
    if (place.previous === undefined) this.#head = place.next;
    else place.previous.next = place.next;
    if (place.next === undefined) this.#tail = place.previous;
    else place.next.previous = place.previous;
    this.#size -= 1;
  }
}
