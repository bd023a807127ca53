/**
 * Names of lanes: the sources, families and addresses that one run compares.
 *
 * @module
 */
import { printable } from '../../../core/printable.ts';

/** What tells a lane from the others. */
export interface LaneLike {
  readonly family: 4 | 6;
  readonly address: string;
  readonly via: string | null;
  readonly source: { readonly address: string | null; readonly device: string | null };
}

/** A name for each lane, as short as they differ: by address, by family, by source, or by several of them. */
export function laneNames(lanes: readonly LaneLike[]): readonly string[] {
  // The source follows from the address here: the routes choose it.
  if (lanes.some(({ via }) => via !== null)) return lanes.map(({ via, address }) => printable(via ?? address, 40));
  const families = new Set(lanes.map(({ family }) => family)).size > 1;
  const sources = new Set(lanes.map(sourceOf)).size > (families ? 2 : 1) || lanes.some(({ source }) => source.device);
  return lanes.map((lane) => {
    const parts = [...(families ? [`IPv${lane.family}`] : []), ...(sources || !families ? [sourceOf(lane)] : [])];
    return printable(parts.join(' '), 40);
  });
}

/** The source of each lane, where lanes of one address differ in it; `null` for each if they do not. */
export function laneSources(lanes: readonly LaneLike[]): readonly (string | null)[] {
  const addresses = new Set(lanes.map(({ address }) => address)).size;
  return lanes.map((lane) => (lanes.length > addresses ? sourceOf(lane) : null));
}

function sourceOf({ source }: LaneLike): string {
  return source.device ?? source.address ?? '?';
}
