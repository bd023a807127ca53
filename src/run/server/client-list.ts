/**
 * The clients of a server: which connections belong to one run of a client, which runs are active, and which wait in
 * the queue.
 *
 * @module
 */
import { NS_PER_MS } from '../../core/time.ts';
import { AdmissionQueue, shareOf } from '../../session/admission.ts';
import type { RefusalCode } from '../../session/messages.ts';
import { monotonicNow } from '../monotonic.ts';

/** A control connection, as the list sees it. None of its methods throws. */
export interface ListedClient {
  /** The same for all connections of one run; empty until it was received. */
  readonly clientId: string;
  /** Address for limits per address: see `addressLimitKey`. */
  readonly address: string;
  /** Whether one of its tests is open or running. */
  readonly isTesting: boolean;
  /** The client is admitted now. */
  admit(): void;
  /** The client waits at this place in the queue, counted from 1. */
  queue(place: number): void;
  /** The client is refused. */
  refuse(code: RefusalCode, message: string): void;
}

/** Most runs in the queue; one more is refused. */
const MAX_WAITING = 1000;
/** Most connections of one run: it has one for each path. */
const MAX_PATHS = 64;
/**
 * Time between two rounds of messages to waiting runs about their places. When one run leaves, all others move up, so
 * the rounds are limited.
 */
const PLACES_INTERVAL = 1000 * NS_PER_MS;
/** Delay before a round, so that runs that leave at the same time are not told. */
const PLACES_DELAY = 100 * NS_PER_MS;
/** Runs that are told their places in one turn of the event loop: each is a write, which may fail. */
const PLACES_A_TURN = 100;

interface Run<Client> {
  readonly clients: Set<Client>;
  /** The place that it was told last; `null` once it is admitted. */
  place: number | null;
}

/** Admits runs up to a limit, queues or refuses the others, and admits the next one when a run leaves. */
export class ClientList<Client extends ListedClient> {
  readonly #maxRuns: number;
  readonly #queue: AdmissionQueue<string>;
  readonly #clients = new Set<Client>();
  readonly #runs = new Map<string, Run<Client>>();
  #places: NodeJS.Timeout | undefined;
  #placesSentAt = Number.NEGATIVE_INFINITY;

  /**
   * @param maxRuns - most active runs at the same time; half of them may be of one address
   * @param oneEach - allows only one run for each address, so that the limit on a run's rate is a limit on the address
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

  /** Runs that are admitted. */
  get active(): number {
    return this.#queue.active;
  }

  /** Runs that wait. */
  get waiting(): number {
    return this.#queue.waitingCount;
  }

  /** Adds a connection, which is neither admitted nor queued yet. */
  add(client: Client): void {
    this.#clients.add(client);
  }

  /** Admits, queues or refuses a connection. Further connections of a run share its place. */
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

  /**
   * Removes a connection, in any state.
   *
   * @returns whether it was the last one of its run
   */
  leave(client: Client): boolean {
    this.#clients.delete(client);
    const run = this.#runs.get(client.clientId);
    if (!run?.clients.delete(client) || run.clients.size > 0) return false;
    this.#runs.delete(client.clientId);
    const next = this.#queue.leave(client.clientId);
    if (next !== undefined) this.#admit(next);
    if (this.#queue.waitingCount > 0) this.#schedulePlaces();
    return true;
  }

  /** All connections of the same run. */
  runOf(client: Client): Iterable<Client> {
    return this.#runs.get(client.clientId)?.clients ?? [];
  }

  /** Whether another connection of its run has a test: a run may have one test at a time. */
  isTaken(client: Client): boolean {
    for (const other of this.runOf(client)) if (other !== client && other.isTesting) return true;
    return false;
  }

  /** Refuses all connections, and admits none from the queue. */
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

  #schedulePlaces(): void {
    if (this.#places) return;
    const wait = Math.max(PLACES_DELAY, this.#placesSentAt + PLACES_INTERVAL - monotonicNow());
    this.#places = setTimeout(() => this.#sendPlaces(), wait / NS_PER_MS);
  }

  #sendPlaces(): void {
    this.#places = undefined;
    this.#placesSentAt = monotonicNow();
    this.#sendSomePlaces(this.#queue.waiting[Symbol.iterator](), 0);
  }

  /** Tells the next runs of `waiting` their places, after the first `passed`. The rest follows in later turns. */
  #sendSomePlaces(waiting: Iterator<string>, passed: number): void {
    for (let place = passed + 1; place <= passed + PLACES_A_TURN; place++) {
      const next = waiting.next();
      if (next.done) return;
      const run = this.#runs.get(next.value);
      // Runs before this one may have left since. Then its better place is told in the next round.
      if (!run || run.place === null || run.place <= place) continue;
      run.place = place;
      for (const client of run.clients) client.queue(place);
    }
    setImmediate(() => this.#sendSomePlaces(waiting, passed + PLACES_A_TURN));
  }
}
