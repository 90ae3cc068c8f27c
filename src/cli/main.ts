import { CommanderError, Option as CommanderOption, InvalidArgumentError, Command as Parser } from 'commander'
import { InvalidAuthority } from '../authority/invalid-authority.ts'
import type { CerthopError } from '../core/errors.ts'
import { version } from '../core/version.ts'
import { InvalidListenerCredentials } from '../identity/listener-credentials.ts'
import { EditRefused } from '../registry/edit-refused.ts'
import { InvalidRegistry } from '../registry/invalid-registry.ts'
import { type Command, type CommandGroup, type Option, type Options, Status } from './command.ts'
import { loadCommands } from './commands.ts'
import { reportProblems } from './configuration.ts'
import { complain, type Io, styled } from './io.ts'

/** Runs `certhop ARGS` and resolves to its exit status: 0 done, 1 failed, 2 wrong usage or invalid configuration. */
export async function main(args: readonly string[], io: Io): Promise<number> {
  let status: number = Status.done
  const execute = async (command: Command, options: Options, args: readonly string[]) => {
    status = await command.run(io, options, args)
  }
  try {
    await parser(io, await loadCommands(args[0]), execute).parseAsync(args, { from: 'user' })
    return status
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? Status.done : Status.invalid
    if (error instanceof InvalidRegistry) {
      reportProblems(io.stderr, error.problems)
      return Status.invalid
    }
    complain(io, describe(error))
    return isInvalid(error) ? Status.invalid : Status.failed
  }
}

/** Whether what was given, on the command line or in the settings, cannot be used. */
function isInvalid(error: unknown): boolean {
  if (error instanceof EditRefused) return error.fault === 'invalid'
  if (error instanceof InvalidAuthority) return error.configured
  return error instanceof InvalidListenerCredentials
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, address, port } = error as Partial<{ code: string; address: string; port: number }>
  if (code === 'EADDRINUSE' && port !== undefined)
    return `${address}:${port} is taken; choose another with --listen`
  const { hint = '' } = error as Partial<CerthopError>
  return hint === '' ? error.message : `${error.message} (${hint})`
}

type Execute = (command: Command, options: Options, args: readonly string[]) => Promise<void>

function parser(io: Io, commands: readonly (Command | CommandGroup)[], execute: Execute): Parser {
  const program = new Parser('certhop')
    .description('A local forward proxy that adds the right client certificate to every request.')
    .version(version(), '--version', 'print the version')
    .helpOption('--help', 'print this')
    .helpCommand(false)
    .usage('<command> [options]')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: text => io.stdout.write(text),
      writeErr: text => io.stderr.write(text),
      outputError: (text, write) =>
        write(text.replace(/^error: /, `${styled(io.stderr, 'red', 'certhop:')} `)),
    })
    .addHelpText('after', '\n`certhop <command> --help` has examples.')
  for (const command of commands) addCommand(program, command, execute)
  return program
}

function addCommand(parent: Parser, command: Command | CommandGroup, execute: Execute): void {
  const examples = 'commands' in command ? command.commands.flatMap(each => each.examples) : command.examples
  const parser = parent
    .command(command.name)
    .description(command.summary)
    .helpOption('--help', 'print this')
    .helpCommand(false)
    .addHelpText(
      'after',
      `\nExamples:\n${examples.map(([line, does]) => `  # ${does}\n  ${line}`).join('\n')}`,
    )
  if ('commands' in command) {
    parser.usage('<command> [options]')
    for (const each of command.commands) addCommand(parser, each, execute)
    return
  }
  if (command.argument) {
    parser.argument(...command.argument).passThroughOptions(command.argument[0].endsWith('...'))
  }
  for (const option of command.options) parser.addOption(commanderOption(option))
  parser.action(() => execute(command, parser.opts<Options>(), parser.args))
}

function commanderOption({ flags, description, choices, check, repeatable }: Option): CommanderOption {
  const option = new CommanderOption(flags, description)
  if (choices) option.choices(choices)
  if (repeatable) option.argParser((value, others: string[] = []) => [...others, value])
  if (check) {
    option.argParser((value: string) => {
      const wrong = check(value)
      if (wrong !== null) throw new InvalidArgumentError(wrong)
      return value
    })
  }
  return option
}
