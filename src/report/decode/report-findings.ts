/**
 * Findings as text: what, the evidence, and what to do next.
 *
 * @module
 */
import type { Finding } from '../../capture/documents/capture-report.ts';
import { wrap } from '../text/layout.ts';
import { counted, framesText } from './report-figures.ts';

/** Findings that are shown; the others are only counted. */
const MAX_SHOWN = 20;
/** Frame numbers that are named as evidence. */
const MAX_FRAMES = 6;
/** Peers that are named; of more only the number is given. */
const MAX_PEERS = 5;
/** The width of the column with the severity. */
const INDENT = '           ';

/**
 * Lines of the section "findings" of a capture report.
 *
 * @param hasSeveralPeers - whether each finding says to which peers it applies
 */
export function findingLines(findings: readonly Finding[], hasSeveralPeers: boolean): readonly string[] {
  if (findings.length === 0) return ['findings', '  nothing unusual'];
  const groups = groupsOf(findings);
  const lines = groups.slice(0, MAX_SHOWN).flatMap((group) => linesOf(group, hasSeveralPeers));
  const more = groups.length - MAX_SHOWN;
  return ['findings', ...lines, ...(more > 0 ? [`  and ${counted(more, 'finding')} more; see --json`] : [])];
}

/** Groups findings whose text is the same, so that several peers share one. */
function groupsOf(findings: readonly Finding[]): readonly (readonly Finding[])[] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const { code, confidence, what, next_step } = finding;
    const key = [code, confidence, what, next_step].join('\n');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  return [...groups.values()];
}

function linesOf(group: readonly Finding[], hasSeveralPeers: boolean): string[] {
  const [first] = group;
  if (first === undefined) return [];
  const { severity, confidence, what, next_step } = first;
  const whose = hasSeveralPeers ? peersText(group.flatMap(({ peer }) => peer ?? [])) : '';
  const doubt = confidence === 'certain' ? '' : ` [${confidence}]`;
  const frames = group.flatMap((finding) => finding.frames);
  const evidence =
    frames.length === 0 ? '' : ` (frame${frames.length === 1 ? '' : 's'} ${framesText(frames, MAX_FRAMES)})`;
  return [
    ...wrap(`  ${severity.padEnd(7)}  ${whose}${what}${doubt}${evidence}`, INDENT),
    ...wrap(`${INDENT}-> ${next_step}`, `${INDENT}   `),
  ];
}

function peersText(peers: readonly number[]): string {
  if (peers.length === 0) return '';
  if (peers.length > MAX_PEERS) return `${peers.length} peers: `;
  return `peer${peers.length === 1 ? '' : 's'} ${peers.join(', ')}: `;
}
