/**
 * The name of a lane by its source, in events.
 *
 * @module
 */
import type { ProbeRequest } from '../../core/shapes/path/probe-spec.ts';

/** The source that was asked for; `null` where there is only one lane, or the routes decide. */
export function askedSource({ source }: Pick<ProbeRequest, 'source'>, lanes: number): string | null {
  return lanes > 1 ? (source.address ?? source.device) : null;
}
