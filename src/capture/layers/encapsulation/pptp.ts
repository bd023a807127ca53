/**
 * PPTP control messages (RFC 2637 §2) on TCP 1723.
 *
 * ```text
 * 0 length 2    2 message type 2 (1: control)    4 magic cookie 4    8 control message type 2    10 reserved 2
 * ```
 *
 * @module
 */
import { readU32be } from '../../../core/bytes.ts';
import { LAYER, type LayerKind } from '../../dissect/layer-kind.ts';
import type { Cursor } from '../cursor.ts';
import type { Layer } from '../layer.ts';
import { PPTP } from './gre.ts';

/** TCP port of the control connection. */
export const PPTP_PORT = 1723;
const HEADER_BYTES = 12;
const MAGIC = 0x1a2b_3c4d;

/** Whether a segment begins with a control message, by its magic cookie. */
export function isPptp(cursor: Cursor): boolean {
  return cursor.captured >= 8 && readU32be(cursor.bytes, cursor.at + 4) === MAGIC;
}

function dissectPptp(cursor: Cursor): LayerKind {
  if (!cursor.need(HEADER_BYTES)) return LAYER.none;
  cursor.push(HEADER_BYTES);
  return LAYER.none;
}

/** Control messages of PPTP. Its data are GRE version 1. */
export const pptp: Layer<'pptp', string> = {
  name: 'pptp',
  group: 'message',
  dissect: dissectPptp,
  carriers: { tcpPort: PPTP_PORT },
  tunnel: { kindAt: 'pptp', kinds: { pptp: PPTP }, id: null, sequence: null },
  title: 'PPTP control',
};
