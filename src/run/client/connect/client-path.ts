/**
 * One path of a run: connected, or with the reason why it is not connected.
 *
 * @module
 */
import type { NetError } from '../../../core/errors.ts';
import type { PathFacts } from '../../../core/shapes/path.ts';
import type { PathConnection } from './path-connection.ts';

/** A path with its name, its route and its connection. */
export class ClientPath {
  /** Name or address from the user. */
  readonly name: string;
  readonly facts: PathFacts;
  /** `null` if the path was never connected. */
  readonly connection: PathConnection | null;
  #error: NetError | null;

  private constructor(name: string, facts: PathFacts, connection: PathConnection | null, error: NetError | null) {
    this.name = name;
    this.facts = facts;
    this.connection = connection;
    this.#error = error;
  }

  /** A path that was connected. */
  static connected(connection: PathConnection): ClientPath {
    return new ClientPath(connection.target.name, connection.facts, connection, null);
  }

  /**
   * A path that could not be connected.
   *
   * @param facts - the path by the routes of this host
   */
  static failed(name: string, facts: PathFacts, error: NetError): ClientPath {
    return new ClientPath(name, facts, null, error);
  }

  /** Why the path cannot be used (any more); `null` if it can. */
  get error(): NetError | null {
    return this.#error;
  }

  /** The connection; `null` when tests cannot run over it any more. */
  get usable(): PathConnection | null {
    return this.#error === null ? this.connection : null;
  }

  /** Marks the path as failed if its session has ended. Returns true if it was marked now. */
  giveUpIfLost(): boolean {
    const failure = this.connection?.failure;
    if (failure === undefined || this.#error !== null) return false;
    this.#error = failure;
    return true;
  }
}
