/**
 * Constants of the protocol with their names in the whitepaper (§6.1), and constants of this implementation. Times are
 * nanoseconds.
 *
 * @module
 */
import { NS_PER_MS, NS_PER_S } from '../../core/time.ts';

/** Age of a session after which its initiator begins a new handshake when it sends. */
export const REKEY_AFTER_TIME = 120 * NS_PER_S;
/** Age of a session after which it neither sends nor receives. */
export const REJECT_AFTER_TIME = 180 * NS_PER_S;
/** Time for which a handshake is retried. */
export const REKEY_ATTEMPT_TIME = 90 * NS_PER_S;
/** Time to wait for a response before an initiation is sent again. */
export const REKEY_TIMEOUT = 5 * NS_PER_S;
/** Time after which a received packet is answered with a keepalive if nothing else was sent. */
export const KEEPALIVE_TIMEOUT = 10 * NS_PER_S;
/** Time after which a responder changes the secret of its cookies (§5.4.7). */
export const COOKIE_SECRET_TIME = 120 * NS_PER_S;

/** Upper half of REJECT_AFTER_MESSAGES, 2^64 - 2^13 - 1: counters from there on are refused. */
export const REJECT_AFTER_MESSAGES_HIGH = 0xffff_ffff;
/** Lower half of REJECT_AFTER_MESSAGES. */
export const REJECT_AFTER_MESSAGES_LOW = 0xffff_dfff;

/**
 * Greatest random time added to REKEY_TIMEOUT, so that two ends do not send initiations at the same time repeatedly.
 */
export const REKEY_TIMEOUT_JITTER_MAX = 333 * NS_PER_MS;
/** A handshake is given up when its retries exceed this number, as in the kernel (MAX_TIMER_HANDSHAKES). */
export const MAX_HANDSHAKE_ATTEMPTS = REKEY_ATTEMPT_TIME / REKEY_TIMEOUT;
/** Shortest time between two initiations of a peer; an earlier one is dropped. */
export const INITIATION_SPACING = NS_PER_S / 50;
/** Time for which a received cookie is used: a little shorter than it is valid. */
export const COOKIE_USE_TIME = 115 * NS_PER_S;

/** Packets queued for a peer until there is a key, as in the kernel (MAX_STAGED_PACKETS). */
export const MAX_STAGED_PACKETS = 128;
/** Most handshake messages in the queue of a device. */
export const MAX_QUEUED_HANDSHAKES = 1024;
/** Length of that queue from which the device is under load and requires cookies. */
export const UNDER_LOAD_HANDSHAKES = 128;
/** Time for which the device stays under load after the queue was last that long. */
export const UNDER_LOAD_TIME = NS_PER_S;
