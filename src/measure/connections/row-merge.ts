/**
 * Joins the intervals of both ends of a test of connections by their number.
 *
 * A row of the client waits for the server's row of the same number until that of the next interval is there, or for a
 * second. Then the server's count is `null`.
 *
 * @module
 */
import type { ConnectionsInterval } from '../../core/shapes/connections.ts';
import type { ReceiverInterval } from '../../core/shapes/stream-report.ts';
import { type Instant, NS_PER_S } from '../../core/time.ts';
import type { ConnectRow } from './connect-meter.ts';

/** Longest wait for the server's row. */
const WAIT = NS_PER_S;
/** Most rows of the server that wait for those of the client: a server may send more than it was asked for. */
const MOST_WAITING = 1000;

/** The rows that wait for the other end. */
export class ConnectionRowMerge {
  #own: readonly { readonly row: ConnectRow; readonly since: Instant }[] = [];
  readonly #accepted = new Map<number, number>();

  /** Handles rows of the client. Returns the intervals that are complete. */
  handleOwn(rows: readonly ConnectRow[], now: Instant): readonly ConnectionsInterval[] {
    this.#own = [...this.#own, ...rows.map((row) => ({ row, since: now }))];
    return this.#take(now, false);
  }

  /** Handles rows of the server. Returns the intervals that are complete. */
  handleServer(rows: readonly ReceiverInterval[], now: Instant): readonly ConnectionsInterval[] {
    for (const { index, omitted, packets } of rows) {
      // The rest of a warm-up that the server found longer than planned has no row at the client.
      const isKnown = packets !== null && omitted === index < 0;
      if (isKnown && this.#accepted.size < MOST_WAITING) this.#accepted.set(index, packets);
    }
    return this.#take(now, false);
  }

  /** Returns the intervals that have waited too long. */
  handleTimeout(now: Instant): readonly ConnectionsInterval[] {
    return this.#take(now, false);
  }

  /** Returns all intervals that wait: there will be no more rows. */
  finish(now: Instant): readonly ConnectionsInterval[] {
    return this.#take(now, true);
  }

  #take(now: Instant, all: boolean): readonly ConnectionsInterval[] {
    const isDue = ({ row, since }: { readonly row: ConnectRow; readonly since: Instant }): boolean =>
      all || this.#accepted.has(row.index) || this.#accepted.has(row.index + 1) || now - since >= WAIT;
    const held = this.#own.findIndex((one) => !isDue(one));
    const due = held < 0 ? this.#own : this.#own.slice(0, held);
    this.#own = this.#own.slice(due.length);
    return due.map(({ row }) => {
      const accepted = this.#accepted.get(row.index) ?? null;
      this.#accepted.delete(row.index);
      return {
        start_ns: row.start_ns,
        end_ns: row.end_ns,
        omitted: row.omitted,
        connections_opened: row.opened,
        connections_failed: row.failed,
        connections_accepted: accepted,
        connect_ns: row.connect_ns,
      };
    });
  }
}
