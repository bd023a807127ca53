/**
 * `winze tunnel …`. It is a separate program for commander, because its commands and options are those of wg(8) and
 * wg-quick(8).
 *
 * @module
 */
import { Command, type OutputConfiguration } from 'commander';
import { TUNNEL_HABITS } from '../../options/foreign/program-habits.ts';
import type { CliDeps } from '../deps.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { HELP_WIDTH, runProgram } from '../parsing/run-program.ts';
import { checkCommand } from './check-command.ts';
import type { TunnelContext } from './context.ts';
import { deviceCommand } from './device-command.ts';
import { downCommand } from './down-command.ts';
import { genkeyCommand, genpskCommand, pubkeyCommand } from './key-commands.ts';
import { showCommand } from './show-command.ts';
import { upCommand } from './up-command.ts';

const EXAMPLES = `
Examples:
  winze tunnel genkey | tee key | winze tunnel pubkey
  winze tunnel check wg0.conf        what is wrong with the file, line by line
  winze tunnel up wg0.conf           until Ctrl-C, or: winze tunnel down wg0
  winze tunnel up --daemon wg0       goes on without a terminal
  winze tunnel show                  all WireGuard devices, whoever made them

A CONF is a file NAME.conf, or the NAME of one in /etc/wireguard. The commands,
and what the messages mean: docs/tunnel.md. All know --ascii, as winze does.

Exit status: 0 ok; 1 check found an error; 2 usage; 3 a name does not resolve;
5 privilege or component missing; 6 stopped before the tunnel was up.
`;

/** Runs the command line after `winze tunnel`, and returns its exit status. @throws NetError */
export async function runTunnel(argv: readonly string[], deps: CliDeps): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const setCode = (status: ExitCode): void => {
    code = status;
  };
  const context: TunnelContext = { deps, finish: setCode };
  const [first, ...rest] = argv;
  const words = first === undefined || first === 'help' ? [...rest, '--help'] : argv;
  await runProgram((output) => createTunnelProgram(context, output), words, deps, TUNNEL_HABITS);
  return code;
}

/** Creates the program for commander. */
export function createTunnelProgram(context: TunnelContext, output: OutputConfiguration): Command {
  const program = new Command('winze tunnel')
    .description('WireGuard in userspace: keys, configuration files, tunnels')
    .usage('COMMAND')
    .helpCommand(false)
    .helpOption('-h, --help', 'print this page')
    .exitOverride()
    .configureHelp({ helpWidth: HELP_WIDTH, showGlobalOptions: false })
    .configureOutput(output)
    .addHelpText('after', EXAMPLES);
  const commands = [
    genkeyCommand,
    pubkeyCommand,
    genpskCommand,
    checkCommand,
    upCommand,
    deviceCommand,
    showCommand,
    downCommand,
  ];
  // A command made elsewhere does not inherit exitOverride() and the like by itself.
  for (const create of commands) program.addCommand(create(context).copyInheritedSettings(program));
  return program;
}
