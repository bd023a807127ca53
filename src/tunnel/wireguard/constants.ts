/**
 * Numbers of the protocol, by the names of the whitepaper (§6), and those of this implementation.
 *
 * @module
 */
import { NS_PER_MS, NS_PER_S } from '../../core/time.ts';

export const REKEY_AFTER_TIME = 120 * NS_PER_S;
export const REJECT_AFTER_TIME = 180 * NS_PER_S;
export const REKEY_ATTEMPT_TIME = 90 * NS_PER_S;
export const REKEY_TIMEOUT = 5 * NS_PER_S;
export const KEEPALIVE_TIMEOUT = 10 * NS_PER_S;
export const COOKIE_SECRET_TIME = 120 * NS_PER_S;

/** 2^64 - 2^13 - 1 in two halves. */
export const REJECT_AFTER_MESSAGES_HIGH = 0xffff_ffff;
export const REJECT_AFTER_MESSAGES_LOW = 0xffff_dfff;

/** Most of what is added at random to REKEY_TIMEOUT, so that two ends do not collide again and again. */
export const REKEY_TIMEOUT_JITTER_MAX = 333 * NS_PER_MS;
/** Initiations sent in REKEY_ATTEMPT_TIME before it is given up. */
export const MAX_HANDSHAKE_ATTEMPTS = REKEY_ATTEMPT_TIME / REKEY_TIMEOUT;
/** An initiation sooner than this after the last from the same peer is a flood. */
export const INITIATION_SPACING = NS_PER_S / 50;
/** A cookie is used a little shorter than it is valid. */
export const COOKIE_USE_TIME = 115 * NS_PER_S;

/** Packets kept for a peer until there is a key. */
export const MAX_STAGED_PACKETS = 128;
/** Handshake messages kept until there is time for them, and from how many on they need a cookie. */
export const MAX_QUEUED_HANDSHAKES = 1024;
export const UNDER_LOAD_HANDSHAKES = 128;
export const UNDER_LOAD_TIME = NS_PER_S;
