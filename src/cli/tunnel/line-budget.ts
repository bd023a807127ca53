/**
 * Bounds the lines that are printed about events which others can bring about as often as they like, such as a peer whose
 * address changes with every packet.
 *
 * @module
 */

/** In a second: more than anybody reads. */
export const LINES_A_SECOND = 50;

export class LineBudget {
  readonly #say: (message: string) => void;
  #second = Number.NaN;
  #said = 0;
  #leftOut = 0;

  constructor(say: (message: string) => void) {
    this.#say = say;
  }

  /** Says a line, or counts it. @param seconds - of a clock that may be set */
  say(message: string, seconds: number): void {
    if (seconds !== this.#second) {
      this.tellLeftOut();
      this.#second = seconds;
      this.#said = 0;
    }
    if (this.#said++ < LINES_A_SECOND) this.#say(message);
    else this.#leftOut++;
  }

  /** To be called at the end, too. */
  tellLeftOut(): void {
    if (this.#leftOut > 0) this.#say(`${this.#leftOut} messages more were left out; winze tunnel show has the counts`);
    this.#leftOut = 0;
  }
}
