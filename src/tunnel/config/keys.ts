/**
 * The keys of a configuration file: spelling, section, and the tool that uses them.
 *
 * @module
 */

/** The two sections of a file. */
export type SectionName = 'Interface' | 'Peer';

/** Where a key belongs. */
export interface KeyRule {
  readonly section: SectionName;
  /** `wg` sets the key on the device; `wg-quick` acts on it itself. */
  readonly tool: 'wg' | 'wg-quick';
}

const KEY_RULES = {
  PrivateKey: { section: 'Interface', tool: 'wg' },
  ListenPort: { section: 'Interface', tool: 'wg' },
  FwMark: { section: 'Interface', tool: 'wg' },
  Address: { section: 'Interface', tool: 'wg-quick' },
  DNS: { section: 'Interface', tool: 'wg-quick' },
  MTU: { section: 'Interface', tool: 'wg-quick' },
  Table: { section: 'Interface', tool: 'wg-quick' },
  PreUp: { section: 'Interface', tool: 'wg-quick' },
  PostUp: { section: 'Interface', tool: 'wg-quick' },
  PreDown: { section: 'Interface', tool: 'wg-quick' },
  PostDown: { section: 'Interface', tool: 'wg-quick' },
  SaveConfig: { section: 'Interface', tool: 'wg-quick' },
  PublicKey: { section: 'Peer', tool: 'wg' },
  PresharedKey: { section: 'Peer', tool: 'wg' },
  AllowedIPs: { section: 'Peer', tool: 'wg' },
  Endpoint: { section: 'Peer', tool: 'wg' },
  PersistentKeepalive: { section: 'Peer', tool: 'wg' },
} as const satisfies Record<string, KeyRule>;

/** A key in the spelling of the manual pages. */
export type ConfigKey = keyof typeof KEY_RULES;

const BY_LOWER_CASE: ReadonlyMap<string, ConfigKey> = new Map(
  (Object.keys(KEY_RULES) as ConfigKey[]).map((key) => [key.toLowerCase(), key]),
);
/** Longest text that is compared with the keys: longer ones are not a mistyped key. */
const LONGEST_TYPED = 24;

/** The key with this name, in upper or lower case; `undefined` if there is none. */
export function keyNamed(typed: string): ConfigKey | undefined {
  return BY_LOWER_CASE.get(typed.toLowerCase());
}

/** Section and tool of a key. */
export function ruleOf(key: ConfigKey): KeyRule {
  return KEY_RULES[key];
}

/** The key most similar to a misspelt one; `undefined` if none is similar. */
export function closestKey(typed: string): ConfigKey | undefined {
  if (typed.length > LONGEST_TYPED) return undefined;
  const word = typed.toLowerCase().replace(/[^a-z]/g, '');
  let best: ConfigKey | undefined;
  let least = Math.max(1, Math.floor(word.length / 4)) + 1;
  for (const [candidate, key] of BY_LOWER_CASE) {
    const distance = editDistance(word, candidate);
    // A part of the name counts as similar: "keepalive", "ips".
    const part = word.length >= 3 && candidate.includes(word) ? 1 : distance;
    if (Math.min(part, distance) < least) [best, least] = [key, Math.min(part, distance)];
  }
  return best;
}

/** Number of insertions, deletions and replacements that turn one word into the other (Levenshtein distance). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
