/**
 * The label `path`: the same words for every target, so that a board can ask for them.
 *
 * @module
 */

/** The path to the target itself. */
export const LINE = 'line';

/** The path to the address inside a tunnel, where there is one such address. */
export const TUNNEL = 'tunnel';

/**
 * Returns the label of addresses of `--via`: `tunnel` for the only one, and of several each by its name.
 *
 * @param names - of all addresses of `--via`
 */
export function viaLabels(names: readonly string[]): (name: string) => string {
  const distinct = new Set(names);
  return (name) => (distinct.size === 1 ? TUNNEL : name);
}
