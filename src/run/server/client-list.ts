/**
 * Who is at the server: which connections are of one run of a client, which run has a place, and which waits.
 *
 * @module
 */
import { NS_PER_MS } from '../../core/time.ts';
import { AdmissionQueue, shareOf } from '../../session/admission.ts';
import type { RefusalCode } from '../../session/messages.ts';
import { monotonicNow } from '../monotonic.ts';

/** A connection of a client, as far as its place is concerned. None of these throws. */
export interface ListedClient {
  /** The same for all connections of one run; empty until the client has said it. */
  readonly clientId: string;
  /** Whom the limits of an address are for: see `limitedAddress`. */
  readonly address: string;
  /** Whether a test of it is open or runs. */
  readonly isTesting: boolean;
  admit(): void;
  queue(place: number): void;
  refuse(code: RefusalCode, message: string): void;
}

/** Runs that may wait; one more is refused. */
const MAX_WAITING = 1000;
/** Connections of one run, which are its paths. */
const MAX_PATHS = 64;
/** Time between two rounds in which those who wait are told that they have moved up: one leaving moves up all. */
const PLACES_INTERVAL = 1000 * NS_PER_MS;
/** Time before a round in which others leave, if many do together: they need not be told. */
const PLACES_DELAY = 100 * NS_PER_MS;
/** Runs that are told their places in one turn of the event loop: each is a write, and may be one that fails. */
const PLACES_A_TURN = 100;

interface Run<Client> {
  readonly clients: Set<Client>;
  /** As it was told last; `null` once it is in. */
  place: number | null;
}

export class ClientList<Client extends ListedClient> {
  readonly #maxRuns: number;
  readonly #queue: AdmissionQueue<string>;
  readonly #clients = new Set<Client>();
  readonly #runs = new Map<string, Run<Client>>();
  #places: NodeJS.Timeout | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;

  /**
   * @param maxRuns - that may be in at the same time, half of them of one address
   * @param oneEach - only one of an address: then the rate of a run is the rate of its address
   */
  constructor(maxRuns: number, oneEach: boolean) {
    this.#maxRuns = maxRuns;
    this.#queue = new AdmissionQueue({
      maxActive: maxRuns,
      maxWaiting: MAX_WAITING,
      activeShare: oneEach ? 1 : shareOf(maxRuns),
      waitingShare: shareOf(MAX_WAITING),
    });
  }

  /** Lists a connection, which has no place yet. */
  add(client: Client): void {
    this.#clients.add(client);
  }

  /** Gives a connection its place: that of its run, a new one, or none. */
  enter(client: Client, wait: boolean): void {
    const run = this.#runs.get(client.clientId);
    if (run && run.clients.size >= MAX_PATHS) {
      return client.refuse('limit', `this run has ${MAX_PATHS} connections already`);
    }
    if (run) {
      run.clients.add(client);
      return run.place === null ? client.admit() : client.queue(run.place);
    }
    const admission = this.#queue.enter(client.clientId, client.address);
    if (admission.tag === 'admitted' || (admission.tag === 'queued' && wait)) {
      const place = admission.tag === 'queued' ? admission.place : null;
      this.#runs.set(client.clientId, { clients: new Set([client]), place });
      return place === null ? client.admit() : client.queue(place);
    }
    this.#queue.leave(client.clientId);
    const active = this.#queue.active;
    const whose = active < this.#maxRuns ? ', as many of your address as it lets in' : '';
    client.refuse('busy', `the server is busy with ${active} of ${this.#maxRuns} clients${whose}`);
  }

  /** Strikes a connection off, in whatever state it was. @returns whether it was the last of its run */
  leave(client: Client): boolean {
    this.#clients.delete(client);
    const run = this.#runs.get(client.clientId);
    if (!run?.clients.delete(client) || run.clients.size > 0) return false;
    this.#runs.delete(client.clientId);
    const next = this.#queue.leave(client.clientId);
    if (next !== undefined) this.#admit(next);
    if (this.#queue.waitingCount > 0) this.#tellPlacesSoon();
    return true;
  }

  /** All connections of the run that one is of. */
  runOf(client: Client): Iterable<Client> {
    return this.#runs.get(client.clientId)?.clients ?? [];
  }

  /** Whether another connection of its run has a test: a place is for one at a time. */
  isTaken(client: Client): boolean {
    for (const other of this.runOf(client)) if (other !== client && other.isTesting) return true;
    return false;
  }

  /** Refuses everybody, and lets nobody move up. */
  close(code: RefusalCode, message: string): void {
    clearTimeout(this.#places);
    this.#runs.clear();
    for (const client of this.#clients) client.refuse(code, message);
  }

  #admit(clientId: string): void {
    const run = this.#runs.get(clientId);
    if (!run) return;
    run.place = null;
    for (const client of run.clients) client.admit();
  }

  #tellPlacesSoon(): void {
    if (this.#places) return;
    const wait = Math.max(PLACES_DELAY, this.#toldAt + PLACES_INTERVAL - monotonicNow());
    this.#places = setTimeout(() => this.#tellPlaces(), wait / NS_PER_MS);
  }

  #tellPlaces(): void {
    this.#places = undefined;
    this.#toldAt = monotonicNow();
    this.#tellSome(this.#queue.waiting[Symbol.iterator](), 0);
  }

  /** Tells the next of `waiting`, of whom `passed` were before, and those behind them in turns of their own. */
  #tellSome(waiting: Iterator<string>, passed: number): void {
    for (let place = passed + 1; place <= passed + PLACES_A_TURN; place++) {
      const next = waiting.next();
      if (next.done) return;
      const run = this.#runs.get(next.value);
      // Some of those that were passed may have left since: then it is told of that in the next round.
      if (!run || run.place === null || run.place <= place) continue;
      run.place = place;
      for (const client of run.clients) client.queue(place);
    }
    setImmediate(() => this.#tellSome(waiting, passed + PLACES_A_TURN));
  }
}
