/**
 * What is known of one lane of an HTTP test.
 *
 * @module
 */
import type { HttpTally } from '../../../path/http/http-tally.ts';
import type { Exchange, ExchangePlan } from './http-exchange.ts';

/** One source and family, with what was measured of it. */
export interface HttpLane {
  readonly plan: ExchangePlan;
  readonly tally: HttpTally;
  /** Protocols that the server takes; `null` if it was not asked, or gave no answer. */
  alpn: readonly string[] | null;
  /** The last exchange that had a response, else the last one. */
  last: Exchange | null;
  /** Whether a body was longer than what is read. */
  isCut: boolean;
}
