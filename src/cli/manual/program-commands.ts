/**
 * The part of the manual that comes from the programs with options of their own.
 *
 * @module
 */
import type { Argument, Command, Option } from 'commander';
import type { ManualCommand, ManualOption, Operand } from '../../options/manual/manual.ts';
import { offerFor } from '../../options/manual/placeholders.ts';
import { createCompletionProgram } from '../completion-command.ts';
import { createCaptureProgram } from '../decode/capture-program.ts';
import { createDecodeProgram } from '../decode/program.ts';
import type { CliDeps } from '../deps.ts';
import { createExporterProgram } from '../exporter-command.ts';
import { createReportProgram } from '../report-command.ts';
import { createTunnelProgram } from '../tunnel/program.ts';

/** All of these commands, each before those below it. */
export function manualCommands(): readonly ManualCommand[] {
  // Commands use their dependencies only when they run.
  const tunnel = createTunnelProgram({ deps: {} as CliDeps, finish: () => {} }, {});
  const programs = [
    tunnel,
    createDecodeProgram(),
    createCaptureProgram(),
    createExporterProgram(),
    createReportProgram(),
    createCompletionProgram(),
  ];
  return programs.flatMap((program) => {
    const words = program.name().split(' ').slice(1);
    return [
      manualCommand(program, words),
      ...program.commands.map((command) => manualCommand(command, [...words, command.name()])),
    ];
  });
}

function manualCommand(command: Command, words: readonly string[]): ManualCommand {
  const options = command.createHelp().visibleOptions(command).map(manualOption);
  const operands = command.registeredArguments.map(operand);
  const below = command.commands.length > 0 ? [{ value: 'COMMAND', offer: offerFor('COMMAND') }] : [];
  return { words, about: command.description(), operands: [...below, ...operands], options };
}

function manualOption(option: Option): ManualOption {
  const names = [option.short, option.long].filter((name) => name !== undefined && name !== null);
  const value = option.required || option.optional ? (/<(.*)>/.exec(option.flags)?.[1] ?? 'VALUE') : null;
  // commander has no name for options that may be repeated: those are collected.
  const isRepeated = option.variadic || option.parseArg?.name === 'collected';
  const words = option.argChoices;
  return {
    names,
    value,
    offer: words === undefined ? offerFor(value ?? '') : { tag: 'words', words, isList: false },
    help: option.description,
    isRepeated,
  };
}

function operand(argument: Argument): Operand {
  const name = argument.name();
  const dots = argument.variadic ? '...' : '';
  const value = argument.required ? `${name}${dots}` : `[${name}${dots}]`;
  return { value, offer: offerFor(name) };
}
