// Help, completion and the guide: made from the commands, and checked against them.
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { CommanderError } from 'commander'
import { describe, expect, it } from 'vitest'
import { packageDirectory } from '../lib/package-directory.js'
import { completion } from './completion.js'
import { EXAMPLES } from './examples.js'
import { UsageError } from './exit.js'
import { withReference } from './guide.js'
import { readParameters, readSeconds, stackNameOf } from './inputs.js'
import { ENVIRONMENT, makeProgram } from './program.js'

/** What the program writes, in this process; nothing here opens a database. */
async function said(...words: string[]): Promise<{ out: string; err: string; code: number | undefined }> {
  let [out, err] = ['', '']
  const program = makeProgram()
  for (const command of [program, ...program.commands]) {
    command.configureOutput({
      writeOut: (text) => {
        out += text
      },
      writeErr: (text) => {
        err += text
      },
    })
  }
  try {
    await program.parseAsync(words, { from: 'user' })
    return { out, err, code: undefined }
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return { out, err, code: error.exitCode }
  }
}

describe('help', () => {
  it.each(makeProgram().commands.map((command) => command.name()))('of %s has examples that name it', async (name) => {
    const { out, code } = await said(name, '--help')
    expect(code).toBe(0)
    expect(out).toContain(`Usage: isotherm ${name}`)
    expect(out).toContain('Examples:\n  # ')
    expect(out).toContain('--database')
    for (const [example] of EXAMPLES[name] ?? []) expect(example).toContain(`isotherm ${name}`)
  })

  it('of the program tells the exit codes and the environment', async () => {
    const { out } = await said('--help')
    expect(out).toContain('Exit codes:\n  0    done')
    expect(out).toContain('  3    only of `preview --exit-code`: there are changes')
    expect(out).toMatch(/\(default: default, env: ISOTHERM_PROJECT\)/)
    expect((await said('up', '--help')).out).not.toMatch(/default: (\[\]|false|")/)
    for (const [name] of ENVIRONMENT) expect(out).toContain(`  ${name} `)
  })

  it('for a word that is no command suggests one', async () => {
    expect(await said('preveiw')).toMatchObject({
      err: "error: unknown command 'preveiw'\n(Did you mean preview?)\n",
      code: 1,
    })
    expect(await said('up', '--on-failure', 'panic')).toMatchObject({
      err: "error: option '--on-failure <WHAT>' argument 'panic' is invalid. Allowed choices are rollback, stop, continue.\n",
    })
  })
})

describe('completion', () => {
  const complete = (shell: string) => completion(shell, makeProgram())

  it('in bash offers commands, options, choices and files', () => {
    const ask = (...words: string[]) => {
      const script = `${complete('bash')}
COMP_WORDS=(isotherm ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _isotherm; echo "\${COMPREPLY[@]}"`
      const options = { encoding: 'utf8', cwd: new URL('.', packageDirectory) } as const
      return execFileSync('bash', ['--norc', '-c', script], options).trim()
    }
    expect(ask('pre')).toBe('preview')
    expect(ask('down', '--y')).toBe('--yes')
    expect(ask('up', '--on-failure', '')).toBe('rollback stop continue')
    expect(ask('graph', '-o', 's')).toBe('svg')
    expect(ask('completion', 'f')).toBe('fish')
    expect(ask('up', 'package.j')).toBe('package.json')
    expect(ask('help', 'val')).toBe('validate')
  })

  it('in zsh and fish knows every command and option', () => {
    for (const command of makeProgram().commands) {
      expect(complete('zsh')).toContain(`${command.name()}) _arguments`)
      expect(complete('fish')).toContain(`-a ${command.name()} -d`)
      for (const option of command.options) {
        expect(complete('zsh')).toContain(String(option.long))
        expect(complete('fish')).toContain(`-l ${option.long?.slice(2)}`)
      }
    }
  })

  it.each(['bash', 'zsh', 'fish'])('is a script that %s can read', (shell) => {
    const { error, status, stderr } = spawnSync(shell, ['-n'], { input: complete(shell), encoding: 'utf8' })
    // Not every machine has every shell.
    if (!error) expect([status, stderr]).toEqual([0, ''])
  })
})

it('the guide says of the commands what they say of themselves', () => {
  const guide = readFileSync(new URL('docs/guide/cli.md', packageDirectory), 'utf8')
  expect(withReference(guide, makeProgram())).toBe(guide)
})

describe('the words of a command', () => {
  it('name a stack after its template', () => {
    expect(stackNameOf('some/where/web.yaml')).toBe('web')
    expect(stackNameOf('some/where/stack.yaml')).toBe('where')
    expect(stackNameOf('2 my site!.json')).toBe('my-site-')
    expect(() => stackNameOf('-')).toThrow(UsageError)
    expect(() => stackNameOf('123.yaml')).toThrow('no stack can be named after 123.yaml')
  })

  it('are parameters with any value', () => {
    expect(readParameters(['a=1', 'b=x=y', 'c='])).toEqual({ a: '1', b: 'x=y', c: '' })
    expect(() => readParameters(['a'])).toThrow('-P a: expected NAME=VALUE')
  })

  it('are times with or without a unit', () => {
    expect(['90', '90s', '1.5m', '2h'].map(readSeconds)).toEqual([90, 90, 90, 7_200])
    for (const word of ['', '0', '-1', '5d', 'soon']) expect(() => readSeconds(word)).toThrow(UsageError)
  })
})
