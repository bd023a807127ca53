/**
 * A key that protects nothing, and certificates that were made with it by OpenSSL (`openssl ca -selfsign`).
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const read = (name: string): string => readFileSync(join(import.meta.dirname, 'certificates', `${name}.pem`), 'utf8');

/** Private key of all of them. */
export const KEY = read('key');
/** For `localhost` and 127.0.0.1, until 2120. */
export const GOOD = read('good');
/** The same, until 2021. */
export const EXPIRED = read('expired');
/** `CN=<ESC>[31mred<BEL>, O=<RLO>evil`, until 2120. */
export const HOSTILE = read('hostile');
