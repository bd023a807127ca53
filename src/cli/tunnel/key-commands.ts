/**
 * `winze tunnel genkey | pubkey | genpsk`: keys in the format of `wg`.
 *
 * @module
 */

import { Command } from 'commander';
import { usageError } from '../../core/errors.ts';
import { KEY_BYTES } from '../../core/primitives.ts';
import { isUtf16, UTF_16_FIX, UTF_16_WORDS } from '../../core/utf16.ts';
import { clampPrivateKey, formatKey, parseKey } from '../../tunnel/keys.ts';
import { EXIT } from '../exit-codes.ts';
import { printResult, printSecret } from '../terminal/output.ts';
import type { TunnelContext } from './context.ts';

/** Bytes of standard input that are read: a key with line ends, and enough to see that a file is not a key. */
const STDIN_LIMIT = 1024;

/** Creates `genkey`, which prints a new private key. */
export function genkeyCommand(context: TunnelContext): Command {
  return new Command('genkey').description('print a new private key').action(async () => {
    const { random } = await context.deps.tunnel();
    await printNewKey(context, clampPrivateKey(random(KEY_BYTES)));
  });
}

/** Creates `genpsk`, which prints a new preshared key. */
export function genpskCommand(context: TunnelContext): Command {
  return new Command('genpsk').description('print a new preshared key').action(async () => {
    const { random } = await context.deps.tunnel();
    await printNewKey(context, random(KEY_BYTES));
  });
}

/** Creates `pubkey`, which reads a private key from standard input and prints its public key. */
export function pubkeyCommand(context: TunnelContext): Command {
  return new Command('pubkey')
    .description('read a private key from stdin and print its public key')
    .action(async () => {
      const { deps, finish } = context;
      const bytes = await deps.readStdin(STDIN_LIMIT);
      const isWide = isUtf16(bytes);
      const text = new TextDecoder('latin1').decode(bytes).trim();
      bytes.fill(0);
      if (isWide) throw usageError(`pubkey: standard input is ${UTF_16_WORDS}; ${UTF_16_FIX}`);
      const parsed = parseKey(text);
      if (!parsed.ok) {
        const what = text === '' ? 'standard input is empty' : `standard input is not a key: ${parsed.reason}`;
        throw usageError(`pubkey: ${what}; give it a private key: winze tunnel pubkey < FILE`);
      }
      const { publicKey } = await deps.tunnel();
      const derived = publicKey(parsed.key);
      parsed.key.fill(0);
      await printResult(deps, `${formatKey(derived)}\n`);
      finish(EXIT.ok);
    });
}

async function printNewKey({ deps, finish }: TunnelContext, key: Uint8Array): Promise<void> {
  const text = `${formatKey(key)}\n`;
  key.fill(0);
  await printSecret(deps, text);
  finish(EXIT.ok);
}
