/**
 * The keys of a configuration file: their spelling, the section each belongs to, and who reads it.
 *
 * @module
 */

export type SectionName = 'Interface' | 'Peer';

export interface KeyRule {
  readonly section: SectionName;
  /** `wg` passes it to the device; `wg-quick` acts on it. */
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

export type ConfigKey = keyof typeof KEY_RULES;

const BY_LOWER_CASE: ReadonlyMap<string, ConfigKey> = new Map(
  (Object.keys(KEY_RULES) as ConfigKey[]).map((key) => [key.toLowerCase(), key]),
);
/** No key is longer by more than typing errors. */
const LONGEST_TYPED = 24;

export function keyNamed(typed: string): ConfigKey | undefined {
  return BY_LOWER_CASE.get(typed.toLowerCase());
}

export function ruleOf(key: ConfigKey): KeyRule {
  return KEY_RULES[key];
}

/** The key that a misspelt one is most like, if it is like any. */
export function closestKey(typed: string): ConfigKey | undefined {
  if (typed.length > LONGEST_TYPED) return undefined;
  const word = typed.toLowerCase().replace(/[^a-z]/g, '');
  let best: ConfigKey | undefined;
  let least = Math.max(1, Math.floor(word.length / 4)) + 1;
  for (const [candidate, key] of BY_LOWER_CASE) {
    const distance = editDistance(word, candidate);
    // A part of the name will do: "keepalive", "ips".
    const part = word.length >= 3 && candidate.includes(word) ? 1 : distance;
    if (Math.min(part, distance) < least) [best, least] = [key, Math.min(part, distance)];
  }
  return best;
}

/** Insertions, deletions and replacements that make one word of the other (Levenshtein). */
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
