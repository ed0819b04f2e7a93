// `node postgres-keeper.mjs FOLDER`: runs the commands it is given on stdin one after the other in the folder, and removes
// the folder in the end. The end has come when a command fails or when stdin closes, which the operating system sees to
// however the parent ends, kill -9 included. `postgres.ts` starts it; the last command is the database server. A further line
// on stdin is a signal's name: the server gets it, and is started again when it has ended.
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createInterface } from 'node:readline'

const [folder = ''] = process.argv.slice(2)
let child
let closing = false
let begun = false
let again = false

// A Ctrl-C in the terminal is for the parent; its end is what ends this process.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})
// The parent may have gone while there is still something to tell it.
process.stdout.on('error', () => {})

const orders = createInterface({ input: process.stdin })
  .on('line', (line) => (begun ? startAgain(line) : obey(line)))
  .once('close', close)

/** The first line of input: `{ commands: string[][], env, uid?, gid? }`. */
async function obey(line) {
  begun = true
  const { commands, ...options } = JSON.parse(line)
  for (const [program, ...words] of commands) {
    let ended
    do {
      again = false
      ended = closing || !(await succeeds(program, words, options))
    } while (again && !closing)
    if (ended) break
  }
  child = undefined
  orders.close()
  removeFolder()
}

function startAgain(signal) {
  again = true
  child?.kill(signal)
}

function close() {
  closing = true
  // For PostgreSQL this is an immediate stop: nothing has to be written down, for the folder goes next.
  if (child) child.kill('SIGQUIT')
  else removeFolder()
}

function removeFolder() {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  process.exit()
}

/** The child writes into a pipe of this process, not the parent's, so that it never meets a broken one. */
function succeeds(program, words, options) {
  child = spawn(program, words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], ...options })
  for (const output of [child.stdout, child.stderr]) output.on('data', (text) => process.stdout.write(text))
  return new Promise((resolve) => {
    child.on('error', (error) => {
      process.stdout.write(`${program}: ${error.message}\n`)
      resolve(false)
    })
    child.on('close', (code) => resolve(code === 0))
  })
}
