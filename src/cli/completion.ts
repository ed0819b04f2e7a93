// Completion scripts for shells, made from the commands themselves so that they cannot fall behind.
import type { Argument, Command, Option } from 'commander'

export const SHELLS = ['bash', 'zsh', 'fish'] as const

interface Known {
  readonly name: string
  readonly description: string
  readonly options: readonly Option[]
  readonly arguments: readonly Argument[]
  /** Commands that it gathers. */
  readonly words: readonly string[]
}

export function completion(shell: string, program: Command): string {
  const known = program.commands.map(
    (command): Known => ({
      name: command.name(),
      description: command.description(),
      options: [...optionsOf(command), ...program.options].filter(({ hidden }) => !hidden),
      arguments: command.registeredArguments,
      words: command.commands.map((one) => one.name()),
    }),
  )
  const help: Known = { name: 'help', description: 'explain a command', options: [], arguments: [], words: [] }
  const commands = [...known, help]
  if (shell === 'bash') return bash(commands)
  return shell === 'zsh' ? zsh(commands) : fish(commands)
}

/** Those of the commands that it gathers too, each once. */
function optionsOf({ options, commands }: Command): Option[] {
  const all = [...options, ...commands.flatMap((one) => one.options)]
  return [...new Map(all.map((option) => [option.flags, option])).values()]
}

const flagsOf = (option: Option): string[] => [option.short, option.long].flatMap((flag) => flag ?? [])
const choicesOf = ({ arguments: words, words: gathered }: Known): string[] => [
  ...gathered,
  ...words.flatMap(({ argChoices }) => argChoices ?? []),
]
const takesFile = ({ arguments: words }: Known): boolean => words.some((word) => /TEMPLATE|FILE/i.test(word.name()))
const wordsOf = (name: string, commands: readonly Known[]): string[] =>
  name === 'help' ? commands.map((command) => command.name) : []

function bash(commands: readonly Known[]): string {
  const cases = commands.map((command) => {
    const words = [...command.options.flatMap(flagsOf), ...choicesOf(command), ...wordsOf(command.name, commands)]
    const files = takesFile(command) ? ' -f' : ''
    return `    ${command.name}) COMPREPLY=($(compgen${files} -W "${words.join(' ')}" -- "$word")) ;;`
  })
  const valued = new Map(
    commands.flatMap(({ options }) =>
      options.flatMap((option) => (option.argChoices ? [[flagsOf(option).join('|'), option.argChoices] as const] : [])),
    ),
  )
  const values = [...valued].map(
    ([flags, choices]) => `    ${flags}) COMPREPLY=($(compgen -W "${choices.join(' ')}" -- "$word")); return ;;`,
  )
  return `# bash completion of isotherm
_isotherm() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" command="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
      ${commands.map(({ name }) => name).join('|')}) command="\${COMP_WORDS[i]}"; break ;;
    esac
  done
  case "$before" in
${values.join('\n')}
    -e|--environment|-t|--template|--database) COMPREPLY=($(compgen -f -- "$word")); return ;;
  esac
  case "$command" in
    "") COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')}" -- "$word")) ;;
${cases.join('\n')}
  esac
}
complete -o filenames -F _isotherm isotherm
`
}

function zsh(commands: readonly Known[]): string {
  const safe = (text: string) => text.replace(/'/g, `'\\''`).replace(/([[\]:])/g, '\\$1')
  const cases = commands.map((command) => {
    const options = command.options.map((option) => {
      const flags = flagsOf(option)
      const names = flags.length > 1 ? `'(${flags.join(' ')})'{${flags.join(',')}}` : flags.join('')
      const values = option.argChoices
        ? `:value:(${option.argChoices.join(' ')})`
        : option.required
          ? ':value:_files'
          : ''
      return `${names}'[${safe(option.description)}]${values}'`
    })
    const choices = [...choicesOf(command), ...wordsOf(command.name, commands)]
    const rest = choices.length > 0 ? `'*: :(${choices.join(' ')})'` : takesFile(command) ? `'*: :_files'` : `'*: :'`
    return `      ${command.name}) _arguments ${[...options, rest].join(' ')} ;;`
  })
  const names = commands.map(({ name, description }) => `    '${name}:${safe(description)}'`)
  return `#compdef isotherm
_isotherm() {
  local -a commands
  commands=(
${names.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
if [ "$funcstack[1]" = "_isotherm" ]; then _isotherm "$@"; else compdef _isotherm isotherm; fi
`
}

function fish(commands: readonly Known[]): string {
  const safe = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`
  const lines = commands.flatMap((command) => {
    const { name, description, options } = command
    const only = `-n '__fish_seen_subcommand_from ${name}'`
    const words = [...choicesOf(command), ...wordsOf(name, commands)]
    return [
      `complete -c isotherm -n __fish_use_subcommand -a ${name} -d ${safe(description)} -f`,
      ...options.map((option) => {
        const short = option.short ? ` -s ${option.short.slice(1)}` : ''
        const values = option.argChoices ? ` -x -a ${safe(option.argChoices.join(' '))}` : option.required ? ' -r' : ''
        return `complete -c isotherm ${only}${short} -l ${option.long?.slice(2)}${values} -d ${safe(option.description)}`
      }),
      ...(words.length > 0 ? [`complete -c isotherm ${only} -f -a ${safe(words.join(' '))}`] : []),
    ]
  })
  return `# fish completion of isotherm\n${lines.join('\n')}\n`
}
