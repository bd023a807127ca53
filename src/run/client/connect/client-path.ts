/**
 * One of the paths of a run: connected, or with the reason why it is not, or not any more.
 *
 * @module
 */
import type { NetError } from '../../../core/errors.ts';
import type { PathFacts } from '../../../core/shapes/result.ts';
import type { PathConnection } from './path-connection.ts';

export class ClientPath {
  /** As the user gave it. */
  readonly name: string;
  readonly facts: PathFacts;
  /** `null` if there never was one. */
  readonly connection: PathConnection | null;
  #error: NetError | null;

  private constructor(name: string, facts: PathFacts, connection: PathConnection | null, error: NetError | null) {
    this.name = name;
    this.facts = facts;
    this.connection = connection;
    this.#error = error;
  }

  static connected(connection: PathConnection): ClientPath {
    return new ClientPath(connection.target.name, connection.facts, connection, null);
  }

  /** @param facts - as this host's route has them */
  static failed(name: string, facts: PathFacts, error: NetError): ClientPath {
    return new ClientPath(name, facts, null, error);
  }

  /** Why nothing more can be measured over it. */
  get error(): NetError | null {
    return this.#error;
  }

  /** The connection, as long as tests can run over it. */
  get usable(): PathConnection | null {
    return this.#error === null ? this.connection : null;
  }

  /** Gives the path up if its session is over; true if it has been given up now. */
  giveUpIfLost(): boolean {
    const failure = this.connection?.failure;
    if (failure === undefined || this.#error !== null) return false;
    this.#error = failure;
    return true;
  }
}
