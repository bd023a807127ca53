/**
 * Tests of the path in one command with tests against a server.
 *
 * `-d`, `-l`, `-g`, `-w`, `-n`, `-b` and `-p` are those of the tests against the server; `-i`, `--hops`, `--paths`,
 * `--both` and `--no-names` those of the path, whose other parameters are the usual ones.
 *
 * @module
 */
import type { PartialProbeSpec, ProbeKind, ProbeProtocol } from '../core/shapes/path/probe-spec.ts';
import type { Options } from './option-table.ts';
import { hasTraceBack, isPathLetter, PATH_LETTERS } from './path-letters.ts';

/** Rounds of mtr, which would not end by itself. */
const ROUNDS = 10;

/** The tests of the path that the options ask for beside others: the path MTU first, on which ceilings depend. */
export function pathSpecs(options: Options): readonly PartialProbeSpec[] {
  const kinds = (options.test ?? []).flatMap((letter) => (isPathLetter(letter) ? [PATH_LETTERS[letter]] : []));
  const [first, others] = [kinds.filter((kind) => kind === 'mtu'), kinds.filter((kind) => kind !== 'mtu')];
  return [...first, ...others].map((kind) => specOf(options, kind));
}

function specOf(options: Options, kind: ProbeKind): PartialProbeSpec {
  const common = { test: kind, protocol: protocolOf(kind), tos: options.tos ?? options.dscp ?? null };
  if (kind === 'mtu') return common;
  const count = options.count ?? (kind === 'mtr' ? ROUNDS : null);
  if (kind === 'ping') return { ...common, count };
  const { hops, paths, noNames } = options;
  return {
    ...common,
    count,
    names: noNames !== true,
    ...(hasTraceBack(options, kind) ? { both: true } : {}),
    ...(hops === undefined ? {} : { max_hops: hops }),
    // Each TCP probe has a source port of its own.
    ...(paths === undefined ? {} : { paths, protocol: 'udp' }),
  };
}

/** The server answers connections to its port, and padded datagrams. */
function protocolOf(kind: ProbeKind): ProbeProtocol {
  return kind === 'mtu' ? 'udp' : 'tcp';
}
