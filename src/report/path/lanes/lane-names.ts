/**
 * Names of lanes: the sources and families that one run compares.
 *
 * @module
 */
import { printable } from '../../../core/printable.ts';

/** What tells a lane from the others. */
export interface LaneLike {
  readonly family: 4 | 6;
  readonly address: string;
  readonly source: { readonly address: string | null; readonly device: string | null };
}

/** A name for each lane, as short as they differ: by family, by source, or by both. */
export function laneNames(lanes: readonly LaneLike[]): readonly string[] {
  const families = new Set(lanes.map(({ family }) => family)).size > 1;
  const sources = new Set(lanes.map(sourceOf)).size > (families ? 2 : 1) || lanes.some(({ source }) => source.device);
  return lanes.map((lane) => {
    const parts = [...(families ? [`IPv${lane.family}`] : []), ...(sources || !families ? [sourceOf(lane)] : [])];
    return printable(parts.join(' '), 40);
  });
}

function sourceOf({ source }: LaneLike): string {
  return source.device ?? source.address ?? '?';
}
