/**
 * The verdict of a comparison: is the tunnel slow, or the line under it? It is based on measured figures only.
 *
 * For each path, the verdict is about the row with the lowest efficiency. It gives a reason only where a figure shows it.
 * What was not measured is left out of the verdict.
 *
 * @module
 */

import { printable } from '../../core/printable.ts';
import type { Overhead, PathResult, ResultDocument } from '../../core/shapes/result.ts';
import { causeWords } from '../test/cause-words.ts';
import { pathNoun } from '../test/path-words.ts';
import { type Compared, comparedName, medianAddedRtt, roundFlows } from '../test/rounds.ts';
import { testName } from '../test/spec-words.ts';
import { percentText, ratioText, timeText } from './figures.ts';

/** Least efficiency (goodput ratio / ceiling) at which a tunnel "costs only its bytes". */
const ONLY_ITS_BYTES = 0.97;
/** If the confidence interval reaches below this efficiency, the rounds differ too much for that verdict. */
const DOUBTFUL = 0.9;
/** Least ratio of processor time for each Gbit (path / baseline) at which processing is named as a reason. */
const COSTLY_CPU = 1.5;
/** Least loss that the verdict mentions: with 0.1 % the goodput of TCP falls on a path with a long round trip. */
const NOTABLE_LOSS = 0.001;
/** Least added round-trip time that the verdict mentions. Two runs on the same path can differ by this much. */
const NOTABLE_RTT_NS = 20_000;

/** The sentences at the end of a comparison: one paragraph for each path, then sentences about the line. */
export function verdict(document: ResultDocument): readonly string[] {
  const vias = document.paths.filter((path) => path.role === 'via');
  return [...vias.map((path) => pathVerdict(document, path)), ...lineWords(document)];
}

function pathVerdict(document: ResultDocument, path: PathResult): string {
  const rows = document.overhead.filter((overhead) => overhead.path === path.name);
  const subject = `${printable(path.name, 60)}:`;
  // The reason is printed beside the path.
  if (path.error !== null && path.server === null) return `${subject} nothing was measured over it.`;
  const worst = worstOf(
    document,
    rows.filter(({ figure }) => figure === null),
  );
  const packets = rows.flatMap((row) => packetWords(document, path, row));
  const goodput =
    worst === undefined
      ? packets.length > 0
        ? []
        : ['no goodput was measured both on it and on the baseline.']
      : goodputWords(document, path, worst);
  return [subject, ...goodput, ...packets, ...rttWords(addedRtt(document, path, rows))].join(' ');
}

/** How many of the packets, or connections, a second of the baseline a path carries. */
function packetWords(document: ResultDocument, path: PathResult, row: Overhead): readonly string[] {
  const { figure } = row;
  const packets = figure === 'packets';
  const ratio = packets ? row.packets_ratio : row.connections_ratio;
  const interval = packets ? row.packets_ratio_ci95 : row.connections_ratio_ci95;
  if (figure === null || ratio === null) return [];
  const range = interval === null ? '' : ` (95%: ${ratioText(interval[0])}..${ratioText(interval[1])})`;
  const name = comparedName(document, row);
  return [
    `The ${pathNoun(path)} carries ${ratioText(ratio)}${range} of the ${figure} a second of the baseline (${name}).`,
  ];
}

/** The row that the verdict is about: tests at full speed before paced ones, then the one with the lowest efficiency. */
function worstOf(document: ResultDocument, rows: readonly Overhead[]): Overhead | undefined {
  const measured = rows.filter((row) => row.goodput_ratio !== null);
  const unpaced = measured.filter((row) => !isPaced(document, row));
  const candidates = unpaced.length > 0 ? unpaced : measured;
  return candidates.toSorted((a, b) => efficiencyOf(a) - efficiencyOf(b))[0];
}

/** The efficiency of a row, or its goodput ratio if there is no ceiling. */
function efficiencyOf({ efficiency_ratio, goodput_ratio }: Overhead): number {
  return efficiency_ratio ?? goodput_ratio ?? Number.POSITIVE_INFINITY;
}

function isPaced(document: ResultDocument, row: Overhead): boolean {
  return roundFlows(document, row.path, row).some(({ test }) => test.config.rate_bps !== null);
}

function goodputWords(document: ResultDocument, path: PathResult, row: Overhead): readonly string[] {
  const { goodput_ratio: ratio, goodput_ratio_ci95: interval, ceiling_ratio: ceiling, efficiency_ratio } = row;
  const noun = pathNoun(path);
  if (ratio === 0) return [`nothing arrived through the ${noun} (${comparedName(document, row)}), in most rounds.`];
  const range = interval === null ? '' : ` (95%: ${ratioText(interval[0])}..${ratioText(interval[1])})`;
  const carries = `${comparedName(document, row)} carries ${ratioText(ratio)}${range} of the goodput of the baseline`;
  if (isPaced(document, row)) {
    return [`${carries} at the rate that was asked for; a test without -b shows how much fits.`];
  }
  if (interval !== null && interval[0] > 1 && (ratio ?? 0) > 1 / ONLY_ITS_BYTES) {
    return [`the ${noun} is faster than the baseline: ${carries}. Look at the line, not at the ${noun}.`];
  }
  if (efficiency_ratio === null || ceiling === null) {
    return [`${carries}; what its headers allow could not be worked out.`];
  }
  const allowed = `${carries}, and its headers allow ${ratioText(ceiling)}`;
  const cheap = efficiency_ratio >= ONLY_ITS_BYTES;
  if (interval !== null && (cheap ? interval[0] / ceiling < DOUBTFUL : interval[1] / ceiling >= ONLY_ITS_BYTES)) {
    return [`the rounds differ too much to tell whether the ${noun} costs more than its bytes: ${allowed}.`];
  }
  if (row.rounds < 2) return [`one round is too little to judge the ${noun} by: ${allowed}.`];
  if (cheap) return [`the ${noun} costs only its bytes: ${allowed}.`];
  return [`the ${noun} is slower than its bytes explain: ${allowed}.`, ...reasonWords(document, row)];
}

/** Why a path does not reach its ceiling, as far as figures show it. */
function reasonWords(document: ResultDocument, row: Overhead): readonly string[] {
  const reasons: string[] = [];
  const { cpu_per_gbit_ratio: cpu, loss_ratio_added: loss } = row;
  if (cpu !== null && cpu >= COSTLY_CPU) {
    reasons.push(`Its processing costs more than its bytes: ${ratioText(cpu)} times the CPU time for each Gbit.`);
  }
  // UDP at full speed loses what exceeds the rate of the path: this loss is no separate reason.
  if (row.protocol === 'tcp' && loss !== null && loss >= NOTABLE_LOSS) {
    reasons.push(`It loses ${percentText(loss)} of the packets beyond what the baseline loses.`);
  }
  if (fragmented(document, row.path, row) && !fragmented(document, row.baseline, row)) {
    reasons.push('Its packets had to be fragmented: a smaller MTU inside would spare that.');
  }
  if (reasons.length === 0) reasons.push(...limitWords(document, row));
  return reasons.length > 0 ? reasons : ['No figure that was measured says why.'];
}

/** What limited the last round on the path, unless the baseline had the same limit. */
function limitWords(document: ResultDocument, row: Overhead): readonly string[] {
  const limits = (path: string) =>
    (roundFlows(document, path, row).at(-1)?.test.limited_by ?? []).filter(
      ({ cause, direction }) => direction === row.direction && cause !== 'unknown' && cause !== 'pacing',
    );
  const shared = new Set(limits(row.baseline).map(({ cause }) => cause));
  return limits(row.path)
    .filter(({ cause }) => !shared.has(cause))
    .map(({ cause, evidence }) => `There it was limited by ${causeWords(cause)}: ${printable(evidence, 300)}.`);
}

function fragmented(document: ResultDocument, path: string, compared: Compared): boolean {
  return roundFlows(document, path, compared).some(({ test }) => (test.fragments_created ?? 0) > 0);
}

/** The greatest added round-trip time of all rows. Without rows (no bandwidth test) it is computed from the rounds. */
function addedRtt(document: ResultDocument, path: PathResult, rows: readonly Overhead[]): number | null {
  if (rows.length === 0) return medianAddedRtt(document, path.name);
  const added = rows.flatMap((row) => row.added_rtt_ns ?? []);
  return added.length === 0 ? null : Math.max(...added);
}

function rttWords(most: number | null): readonly string[] {
  if (most === null) return [];
  if (most >= NOTABLE_RTT_NS) return [`It adds ${timeText(most)} to the round trip.`];
  if (most <= -NOTABLE_RTT_NS) return [`Its round trip is ${timeText(-most)} shorter than that of the baseline.`];
  return ['It adds nothing notable to the round trip.'];
}

/** Sentences about losses of the line itself, and about hosts that limited its measurement. */
function lineWords(document: ResultDocument): readonly string[] {
  const baseline = document.paths.find((path) => path.role === 'baseline');
  if (baseline === undefined) return [];
  const losses = document.tests
    .filter((test) => test.path === baseline.name)
    .flatMap((test) => {
      if (test.test === 'latency') return [{ name: testName(test.config), loss: test.loss_ratio ?? 0 }];
      if (test.test === 'connections') return [];
      // UDP at full speed loses what exceeds the rate of the line, which is no fault of the line.
      if (test.protocol === 'tcp' || test.config.rate_bps === null) return [];
      return test.flows.map((flow) => ({
        name: testName({ ...test.config, direction: flow.direction }),
        loss: flow.loss_ratio ?? 0,
      }));
    })
    .toSorted((a, b) => b.loss - a.loss);
  const [worst] = losses;
  const lossy =
    worst !== undefined && worst.loss >= NOTABLE_LOSS
      ? [`The baseline itself loses up to ${percentText(worst.loss)} (${worst.name}): that is the line, not a tunnel.`]
      : [];
  return [...lossy, ...toolWords(document, baseline)];
}

/** A sentence if a processor, not the line, limited the baseline: the line may then be faster. */
function toolWords(document: ResultDocument, baseline: PathResult): readonly string[] {
  const busy = document.overhead.filter((row) => {
    const rounds = roundFlows(document, baseline.name, row);
    const limited = rounds.filter(({ test }) =>
      test.limited_by.some(
        ({ cause, direction }) => direction === row.direction && (cause === 'sender-cpu' || cause === 'receiver-cpu'),
      ),
    );
    // One busy round of several can be chance, such as other load on the machine.
    return limited.length > rounds.length / 2;
  });
  const names = [...new Set(busy.map((row) => comparedName(document, row)))];
  if (names.length === 0) return [];
  return [`A processor, not the line, was the limit of the baseline (${names.join(', ')}): the line may be faster.`];
}
