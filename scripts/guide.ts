// Brings the reference in docs/guide/cli.md up to date with the commands.
import { readFileSync, writeFileSync } from 'node:fs'
import { withReference } from '../src/cli/guide.js'
import { makeProgram } from '../src/cli/program.js'

const guide = new URL('../../docs/guide/cli.md', import.meta.url)
writeFileSync(guide, withReference(readFileSync(guide, 'utf8'), makeProgram()))
