/** A queue of any length: `shift` of a long array moves all of it. */
export class Queue<T> {
  #items: T[] = [];
  #next = 0;

  get length(): number {
    return this.#items.length - this.#next;
  }

  get first(): T | undefined {
    return this.#items[this.#next];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const { first } = this;
    if (first !== undefined) this.#next++;
    if (this.length === 0) {
      this.#items = [];
      this.#next = 0;
    }
    return first;
  }
}
