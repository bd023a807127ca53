/**
 * `winze tunnel show`: the state of all WireGuard devices of this host, of any implementation.
 *
 * @module
 */

import { Command, Option } from 'commander';
import { type NetError, usageError } from '../../core/errors.ts';
import { quoted } from '../../core/printable.ts';
import { TUNNEL_FIELDS } from '../../report/tunnel/tunnel-field.ts';
import { tunnelState } from '../../report/tunnel/tunnel-state.ts';
import type { CliDeps } from '../deps.ts';
import { EXIT, type ExitCode, exitCodeOf } from '../exit-codes.ts';
import { createMessages } from '../terminal/messages.ts';
import { printResult, printSecret } from '../terminal/output.ts';
import type { TunnelContext } from './context.ts';

interface ShowOptions {
  readonly json?: true;
  readonly dump?: true;
  readonly showKeys?: boolean;
}

/** Words of wg(8) in the place of a device. */
const ALL = 'all';
const INTERFACES = 'interfaces';
const DUMP = 'dump';

/** Creates the command. A device that cannot be read is reported, and the others are printed. */
export function showCommand({ deps, finish }: TunnelContext): Command {
  return new Command('show')
    .description('print devices and peers as wg show does, with events and drops of our own devices')
    .argument('[DEVICE]', 'one device, or "all"; "interfaces" for their names alone')
    .argument('[FIELD]', `of wg(8), one of ${DUMP}, ${TUNNEL_FIELDS.join(', ')}`)
    .option('--json', 'print one JSON document')
    .addOption(new Option('--dump', 'print tab-separated columns as wg show dump does').conflicts('json'))
    .option('--show-keys', 'print private and preshared keys too')
    .action(async (device: string | undefined, field: string | undefined, options: ShowOptions) => {
      checkWords(device, field, options);
      finish(device === INTERFACES ? await printNames(deps) : await printDevices(deps, device, field, options));
    });
}

/** @throws NetError `ERR_USAGE` */
function checkWords(device: string | undefined, field: string | undefined, { json, dump }: ShowOptions): void {
  if (device === INTERFACES && (field !== undefined || json || dump)) {
    throw usageError('show interfaces prints names alone; for more: winze tunnel show all FIELD');
  }
  if (field === undefined) return;
  if (json || dump) throw usageError(`show: a FIELD cannot be used with ${json ? '--json' : '--dump'}`);
  if (field !== DUMP && !TUNNEL_FIELDS.includes(field)) {
    throw usageError(`show: no field is called ${quoted(field)}; there are ${[DUMP, ...TUNNEL_FIELDS].join(', ')}`);
  }
}

async function printNames(deps: CliDeps): Promise<ExitCode> {
  const names = await (await deps.tunnel()).names();
  await printResult(deps, names.length === 0 ? '' : `${names.join(' ')}\n`);
  return EXIT.ok;
}

async function printDevices(
  deps: CliDeps,
  device: string | undefined,
  field: string | undefined,
  options: ShowOptions,
): Promise<ExitCode> {
  const messages = createMessages(deps, {});
  let code: ExitCode = EXIT.ok;
  const one = device === undefined || device === ALL ? null : device;
  const denied = new Map<string, NetError>();
  const devices = await (await deps.tunnel()).show(one, (error, name) => {
    code = exitCodeOf(error.code);
    if (error.code === 'ERR_UNSUPPORTED') denied.set(name, error);
    else messages.say(error.message);
  });
  // Who may not read one may read none: one line for all.
  const [first] = denied.values();
  if (denied.size > 1) messages.say(`${[...denied.keys()].join(', ')}: permission denied; run as root`);
  else if (first !== undefined) messages.say(first.message);
  const { json, dump, showKeys = false } = options;
  const format = json ? 'json' : dump || field === DUMP ? 'dump' : (field ?? 'text');
  const text = tunnelState(devices, format, { all: one === null, showKeys, now: deps.wallTime() });
  await (showKeys ? printSecret(deps, text) : printResult(deps, text));
  if (devices.length === 0 && code === EXIT.ok) messages.watch('there is no WireGuard device on this host');
  return code;
}
