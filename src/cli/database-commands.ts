// The words of the commands that are about a whole database: `isotherm doctor` and `isotherm rekey`.
import type { Command } from 'commander'

export function describeDoctor(program: Command): Command {
  return program
    .command('doctor')
    .description('what is wrong with the database, over all projects; ends with 1 when something is')
    .option('--fix', 'mend what can be mended')
    .option('--silent-seconds <N>', 'an engine that is silent for longer is dead; default: 30')
    .option('--held-seconds <N>', 'no call takes longer than this; default: 3600')
}

export function describeRekey(program: Command): Command {
  return program
    .command('rekey')
    .description(
      'change the key that secrets are sealed with, and seal those in clear; can be broken off and begun again',
    )
    .option('--new-key-file <FILE>', 'from here on the key in this file opens the database too')
    .option('--forget-other-keys', 'only the key that is given opens the database from here on')
}
