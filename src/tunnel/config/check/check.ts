/**
 * Finds configurations that are correct by their syntax but do not work as intended.
 *
 * @module
 */
import { checkAddresses } from './check-addresses.ts';
import { checkHost } from './check-host.ts';
import { checkKeys } from './check-keys.ts';
import { checkLocalRoutes } from './check-local-routes.ts';
import { checkLoops } from './check-loops.ts';
import { checkMtu } from './check-mtu.ts';
import { checkRanges } from './check-ranges.ts';
import { checkReach } from './check-reach.ts';
import type { Check, CheckedConfig, CheckFacts } from './facts.ts';
import { type ConfigFinding, sortFindings } from './finding.ts';

const READABLE_BY_OTHERS = 0o044;

const checkFile: Check = ({ config, lines }, { file }) => {
  if (!file || (file.mode & READABLE_BY_OTHERS) === 0) return [];
  // One with a mistake in it is a secret too.
  if (config.interface.privateKey === null && !lines.interface.unread.has('PrivateKey')) return [];
  const message = 'others on this host can read the private key';
  return [{ line: 0, key: null, severity: 'warning', message, fix: `chmod 600 ${file.path}` }];
};

const CHECKS = [
  checkFile,
  checkKeys,
  checkReach,
  checkRanges,
  checkLocalRoutes,
  checkAddresses,
  checkLoops,
  checkMtu,
  checkHost,
];

/** Runs all checks of a parsed configuration; findings are in the order of lines. Never throws. */
export function checkTunnelConfig(checked: CheckedConfig, facts: CheckFacts = {}): readonly ConfigFinding[] {
  return sortFindings(CHECKS.flatMap((check) => check(checked, facts).map((finding) => ({ ...finding, column: 0 }))));
}
