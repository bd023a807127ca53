/**
 * Parses `--decode-as` rules such as `udp:6080=vxlan`.
 *
 * @module
 */
import { quoted } from '../../core/printable.ts';
import { DecodeAsRules, protocolsOf, type Transport } from './decode-as-rules.ts';

const MAX_PORT = 65_535;

/** Result of `parseDecodeAs`. */
export type ParsedDecodeAs =
  | { readonly ok: true; readonly rules: DecodeAsRules }
  /** `index` is that of the first invalid rule. `problem` begins with the rule and lists all valid protocols. */
  | { readonly ok: false; readonly index: number; readonly problem: string };

/**
 * Parses `--decode-as` rules. Never throws.
 *
 * @param words - the rules, each `udp:PORT=PROTOCOL` or `tcp:PORT=PROTOCOL`
 */
export function parseDecodeAs(words: readonly string[]): ParsedDecodeAs {
  const rules = new DecodeAsRules();
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    const reason = addRule(rules, word);
    if (reason !== null) return { ok: false, index, problem: `${quoted(word)}: ${reason}` };
  }
  return { ok: true, rules };
}

/** Adds one rule. @returns the error, or `null` */
function addRule(rules: DecodeAsRules, word: string): string | null {
  const [, transport, digits = '', protocol = ''] = /^(udp|tcp):(\d{1,5})=([a-z0-9-]+)$/.exec(word.toLowerCase()) ?? [];
  const port = Number(digits);
  const isPort = (transport === 'udp' || transport === 'tcp') && port >= 1 && port <= MAX_PORT;
  if (!isPort || !protocolsOf(transport).includes(protocol)) {
    const names = (of: Transport): string => protocolsOf(of).join(', ');
    return `want udp:PORT=PROTOCOL or tcp:PORT=PROTOCOL; of udp ${names('udp')}; of tcp ${names('tcp')}`;
  }
  const isAdded = rules.add(transport, port, protocol);
  return isAdded ? null : `something else was said of ${transport} port ${port} before`;
}
