/**
 * What a server tells of a test of connections besides its receiver's report.
 *
 * @module
 */
import { type AcceptReport, type HeldMemory, MOST_ERROR_NAMES } from '../../core/shapes/connections.ts';
import { amount, list, nullable, object, type Shape, text, whole } from '../shape.ts';

/** The counts of the server, and what the connections that it held cost it. */
export interface AcceptedConnections extends AcceptReport {
  readonly memory: HeldMemory | null;
}

/** Checks {@link AcceptedConnections}. */
export const acceptedConnections: Shape<AcceptedConnections> = object<AcceptedConnections>({
  held: nullable(whole(0)),
  failures: list(object({ error: text(32, /^[A-Za-z0-9_ ]+$/), n: whole(1) }), MOST_ERROR_NAMES),
  memory: nullable(object<HeldMemory>({ process_bytes: nullable(amount), kernel_bytes: nullable(amount) })),
});
