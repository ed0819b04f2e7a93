#!/usr/bin/env node
// The program `isotherm`. It only says its version until the commands are here.
import { readFileSync } from 'node:fs'

const manifest: { version: string } = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
)
console.log(manifest.version)
