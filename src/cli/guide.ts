// The reference of the command line for docs/guide/cli.md, written by the commands themselves. A test compares the two, so
// neither can fall behind the other.
import type { Argument, Command, Option } from 'commander'
import { EXAMPLES } from './examples.js'
import { EXIT_MEANINGS } from './exit.js'
import { ENVIRONMENT } from './program.js'

const BEGIN = '<!-- reference: begin (npm run build && node dist/scripts/guide.js) -->'
const END = '<!-- reference: end -->'

/** A guide's text with its reference brought up to date. */
export function withReference(guide: string, program: Command): string {
  const [before] = guide.split(BEGIN)
  const [, after] = guide.split(END)
  if (before === undefined || after === undefined) throw new Error(`the guide lacks ${BEGIN} or ${END}`)
  return `${before}${BEGIN}\n\n${reference(program)}\n${END}${after}`
}

function reference(program: Command): string {
  return [
    '## Options of every command\n',
    optionTable(program.options),
    ...program.commands.map((command) => section(command)),
    '## Exit codes\n',
    markdownTable(
      ['code', 'meaning'],
      EXIT_MEANINGS.map(([code, meaning]) => [String(code), meaning]),
    ),
    '## Environment variables\n',
    markdownTable(
      ['variable', 'meaning'],
      ENVIRONMENT.map(([name, meaning]) => [`\`${name}\``, meaning]),
    ),
  ].join('\n')
}

/** A command that only gathers others is told by them. */
function section(command: Command): string {
  if (command.commands.length === 0) return part(command, command.name(), '##')
  const examples = examplesOf(command.name())
  const head = [`## ${command.name()}\n`, `${sentence(command.description())}\n`, ...examples].join('\n')
  return [head, ...command.commands.map((one) => part(one, `${command.name()} ${one.name()}`, '###'))].join('\n')
}

function examplesOf(name: string): string[] {
  const examples = (EXAMPLES[name] ?? []).map(([line, meaning]) => `${line}    # ${meaning}`)
  return examples.length > 0 ? [`\`\`\`sh\n${examples.join('\n')}\n\`\`\`\n`] : []
}

function part(command: Command, name: string, level: string): string {
  const words = command.registeredArguments.map((word) => [`\`${shown(word)}\``, meaningOfWord(word)])
  const options = command.options.length > 0 ? [optionTable(command.options)] : []
  const usage = `isotherm ${name} ${command.usage()}`
  return [
    `${level} ${name}\n`,
    `${sentence(command.description())}\n`,
    `\`\`\`\n${usage}\n\`\`\`\n`,
    ...(words.length > 0 ? [markdownTable(['argument', 'meaning'], words)] : []),
    ...options,
    ...examplesOf(name),
  ].join('\n')
}

function shown(word: Argument): string {
  const name = `${word.name()}${word.variadic ? '...' : ''}`
  return word.required ? `<${name}>` : `[${name}]`
}

const meaningOfWord = ({ description, argChoices }: Argument): string =>
  `${description}${argChoices ? `: ${argChoices.join(', ')}` : ''}`

function optionTable(options: readonly Option[]): string {
  return markdownTable(
    ['option', 'meaning'],
    options.map((option) => [`\`${option.flags}\``, meaningOf(option)]),
  )
}

function meaningOf({ description, argChoices, defaultValue, envVar }: Option): string {
  const choices = argChoices ? `: ${argChoices.join(', ')}` : ''
  const told = typeof defaultValue === 'string' ? ` (default \`${defaultValue}\`)` : ''
  const variable = envVar === undefined ? '' : `; environment variable \`${envVar}\``
  return `${description}${choices}${told}${variable}`
}

function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replace(/\|/g, '\\|')).join(' | ')} |`
  return `${[line(heads), `|${heads.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')}\n`
}

const sentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`
