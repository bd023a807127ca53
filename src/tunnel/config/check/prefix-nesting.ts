/**
 * Finds which address ranges lie within others.
 *
 * @module
 */
import type { Prefix } from '../../../core/shapes/tunnel-config.ts';
import { comparePrefixes, containsPrefix } from '../../prefix.ts';

/** One range, all its owners, and the smallest other range that contains it. */
export interface NestedPrefix<T> {
  readonly prefix: Prefix;
  readonly owners: T[];
  readonly around: NestedPrefix<T> | null;
}

/** Sorts ranges so that each precedes those within it. Time n log n, since at most 129 ranges are nested. */
export function nestPrefixes<T>(claims: readonly { readonly prefix: Prefix; readonly owner: T }[]): NestedPrefix<T>[] {
  const nested: NestedPrefix<T>[] = [];
  let around: NestedPrefix<T> | null = null;
  for (const { prefix, owner } of [...claims].sort((a, b) => comparePrefixes(a.prefix, b.prefix))) {
    while (around !== null && !containsPrefix(around.prefix, prefix)) around = around.around;
    if (around?.prefix.bits === prefix.bits) {
      around.owners.push(owner);
      continue;
    }
    around = { prefix, owners: [owner], around };
    nested.push(around);
  }
  return nested;
}
