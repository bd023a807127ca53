/**
 * `winze tunnel …`. It is a separate program for commander, because its commands and options are those of wg(8) and
 * wg-quick(8).
 *
 * @module
 */
import { Command, type OutputConfiguration } from 'commander';
import { TUNNEL_HABITS } from '../../options/foreign/program-habits.ts';
import { TUNNEL_EXAMPLES } from '../../options/help/program-examples.ts';
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
    .addHelpText('after', TUNNEL_EXAMPLES);
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
