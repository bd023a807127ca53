/**
 * Parses a configuration file from its octets.
 *
 * @module
 */
import { isUtf16, UTF_16_FIX, UTF_16_WORDS } from '../../core/utf16.ts';
import { emptyInterface } from './fields.ts';
import { NO_LINES } from './lines.ts';
import { type ParsedConfig, parseTunnelConfig } from './parse.ts';

const UTF_16: ParsedConfig = {
  config: { interface: emptyInterface(), peers: [] },
  lines: NO_LINES,
  problems: [
    {
      line: 0,
      column: 0,
      key: null,
      severity: 'error',
      message: UTF_16_WORDS,
      fix: UTF_16_FIX,
    },
  ],
};

/** Parses a file in UTF-8; reports an error for UTF-16. Never throws. */
export function readConfigOctets(octets: Uint8Array): ParsedConfig {
  return isUtf16(octets) ? UTF_16 : parseTunnelConfig(new TextDecoder('utf-8', { ignoreBOM: true }).decode(octets));
}
