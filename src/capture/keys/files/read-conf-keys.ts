/**
 * Reads the keys of a wg-quick(8) configuration, and the names that its comments give to the peers.
 *
 * @module
 */
import type { ParsedConfig } from '../../../tunnel/config/parse.ts';
import type { KeyRing } from '../key-ring.ts';
import type { KeyProblem } from './read-key-log.ts';

/** Longest comment that is taken for a name. */
const MAX_NAME = 40;
/** Labels that tools write before a name, as in `# Name = laptop`. */
const LABEL = /^(?:friendly[_ ]?name|name|client|peer)\s*[:=]\s*/i;

/**
 * Adds the keys of a configuration to a ring.
 *
 * @param text - the text that was parsed; it is needed because the parser drops comments
 * @param others - numbers of lines whose problems are not reported, since another reader takes them
 * @returns problems of keys; other problems of the file are ignored
 */
export function readConfKeys(
  text: string,
  { config, lines, problems }: ParsedConfig,
  ring: KeyRing,
  others: ReadonlySet<number> = new Set(),
): KeyProblem[] {
  const rows = text.split(/\r?\n/);
  const found = problems
    .filter(({ severity, key }) => severity === 'error' && (key === null || /key$/i.test(key)))
    .filter(({ line }) => !others.has(line))
    .map(({ line, message }) => ({ line, message }));
  const full = (line: number): void => void found.push({ line, message: 'too many keys: not kept' });
  const { privateKey } = config.interface;
  if (privateKey && ring.addStaticPrivate(privateKey) === null) full(lines.interface.heading);
  config.peers.forEach(({ publicKey, presharedKey }, i) => {
    const heading = lines.peers[i]?.heading ?? 0;
    const peer = ring.addStaticPublic(publicKey, peerName(rows, heading));
    if (peer === null || (presharedKey !== null && !ring.addPreshared(presharedKey, peer))) full(heading);
  });
  return found;
}

/** The comment after `[Peer]`, below it, or above it. @param heading - line number of `[Peer]`, from 1 */
function peerName(rows: readonly string[], heading: number): string | null {
  const behind = /#(.*)$/.exec(rows[heading - 1] ?? '')?.[1];
  return nameOf(behind) ?? nameOf(commentOf(rows[heading])) ?? nameOf(commentOf(rows[heading - 2]));
}

function commentOf(row: string | undefined): string | undefined {
  return row === undefined ? undefined : /^\s*#(.*)$/.exec(row)?.[1];
}

function nameOf(comment: string | undefined): string | null {
  const name =
    comment
      ?.replace(/^[#\s]+/, '')
      .replace(LABEL, '')
      .trim() ?? '';
  // A setting that is commented out, or a decoration such as `# ----`, is not a name.
  return name !== '' && name.length <= MAX_NAME && !/=|^[^\p{L}\p{N}]+$/u.test(name) ? name : null;
}
