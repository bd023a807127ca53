/**
 * `winze tunnel genkey | pubkey | genpsk`: keys, as `wg` makes them.
 *
 * @module
 */
import { Command } from 'commander';
import { KEY_BYTES } from '../../core/primitives.ts';
import { clampPrivateKey, formatKey, parseKey } from '../../tunnel/keys.ts';
import { EXIT } from '../exit-codes.ts';
import { printResult } from '../print-result.ts';
import { usage } from '../usage.ts';
import type { TunnelContext } from './program.ts';

/** A key, line ends, and enough to tell a wrong file. */
const STDIN_LIMIT = 1024;
const WORLD = 0o007;

export function genkeyCommand(context: TunnelContext): Command {
  return new Command('genkey').description('print a new private key').action(async () => {
    const { random } = await context.deps.tunnel();
    await printSecret(context, clampPrivateKey(random(KEY_BYTES)));
  });
}

export function genpskCommand(context: TunnelContext): Command {
  return new Command('genpsk').description('print a new preshared key').action(async () => {
    const { random } = await context.deps.tunnel();
    await printSecret(context, random(KEY_BYTES));
  });
}

export function pubkeyCommand(context: TunnelContext): Command {
  return new Command('pubkey')
    .description('read a private key from stdin and print its public key')
    .action(async () => {
      const { deps, finish } = context;
      const text = new TextDecoder('latin1').decode(await deps.readStdin(STDIN_LIMIT)).trim();
      const parsed = parseKey(text);
      if (!parsed.ok) {
        const what = text === '' ? 'standard input is empty' : `standard input is not a key: ${parsed.reason}`;
        throw usage(`pubkey: ${what}; give it a private key: winze tunnel pubkey < FILE`);
      }
      const { publicKey } = await deps.tunnel();
      await printResult(deps, `${formatKey(publicKey(parsed.key))}\n`);
      finish(EXIT.ok);
    });
}

async function printSecret({ deps, finish }: TunnelContext, key: Uint8Array): Promise<void> {
  const mode = deps.stdoutFileMode();
  if (mode !== null && (mode & WORLD) !== 0) {
    deps.stderr.write(
      'winze: warning: the file that the key is written to is open to everyone; umask 077 first mends it\n',
    );
  }
  await printResult(deps, `${formatKey(key)}\n`);
  finish(EXIT.ok);
}
