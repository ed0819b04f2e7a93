// The words by which users, projects, roles and tokens of a server are managed.

import { Argument, type Command, Option } from 'commander'
import type { Run } from './command-options.js'

const ROLES = ['admin', 'member', 'reader', 'heat_stack_user']
const role = () => new Argument('<ROLE>', 'what they may do').choices(ROLES)
const identity = () => import('./commands/identity.js')

export function describeIdentity(program: Command, run: Run): void {
  const project = program.command('project').description('projects: whose stacks are whose')
  project
    .command('create')
    .argument('<NAME>', 'of the project')
    .description('make a project')
    .action(run(async (session, name: string) => (await identity()).createProject(session, name)))
  project
    .command('limit')
    .argument('<PROJECT>', 'name or id of the project')
    .requiredOption('--events <N>', 'kept of each stack, the newest; none: as many as of other projects')
    .description('say how much one project may have')
    .action(
      run(async (session, name: string, options: { events: string }) =>
        (await identity()).limitProject(session, name, options),
      ),
    )
  project
    .command('list')
    .description('all projects')
    .action(run(async (session) => (await identity()).listProjects(session)))
  describeUsers(program, run)
  describeRoles(program, run)
  describeTokens(program, run)
}

const passwordFile = () =>
  new Option('--password-file <FILE>', '- for standard input; default: one is made up and shown once')

function describeUsers(program: Command, run: Run): void {
  const user = program.command('user').description('users of a server that has users of its own')
  user
    .command('create')
    .argument('<NAME>', 'of the user')
    .description('make a user')
    .option('--in <PROJECT>', 'who may work in this project')
    .addOption(new Option('--role <ROLE>', 'and do this there').choices(ROLES).default('member'))
    .option('--only <STACK/RESOURCE>', 'a stack user: may signal this resource of that project, and do nothing else')
    .addOption(passwordFile())
    .action(
      run(async (session, name: string, options: { in?: string; role: string; only?: string; passwordFile?: string }) =>
        (await identity()).createUser(session, name, options),
      ),
    )
  user
    .command('list')
    .description('all users')
    .action(run(async (session) => (await identity()).listUsers(session)))
  user
    .command('password')
    .argument('<NAME>', 'of the user')
    .description('change a password; whoever is logged in with the old one is logged out')
    .addOption(passwordFile())
    .action(
      run(async (session, name: string, options: { passwordFile?: string }) =>
        (await identity()).changePassword(session, name, options),
      ),
    )
  for (const [word, enabled] of [
    ['disable', false],
    ['enable', true],
  ] as const) {
    user
      .command(word)
      .argument('<NAME>', 'of the user')
      .description(enabled ? 'let a user in again' : 'let a user in no longer, whatever they hold')
      .action(run(async (session, name: string) => (await identity()).enableUser(session, name, enabled)))
  }
  user
    .command('delete')
    .argument('<NAME>', 'of the user')
    .description('delete a user with all their tokens; their stacks stay')
    .action(run(async (session, name: string) => (await identity()).deleteUser(session, name)))
}

function describeRoles(program: Command, run: Run): void {
  const roles = program.command('role').description('what users may do in projects')
  for (const [word, granted] of [
    ['grant', true],
    ['revoke', false],
  ] as const) {
    roles
      .command(word)
      .argument('<USER>', 'name of the user')
      .argument('<PROJECT>', 'name or id of the project')
      .addArgument(role())
      .description(granted ? 'let a user do something in a project' : 'no longer let them')
      .action(
        run(async (session, user: string, project: string, name: string) =>
          (await identity()).changeRole(session, { user, project, role: name, granted }),
        ),
      )
  }
  roles
    .command('list')
    .description('who may do what where')
    .action(run(async (session) => (await identity()).listRoles(session)))
}

function describeTokens(program: Command, run: Run): void {
  const token = program.command('token').description('tokens and application credentials, for programs')
  token
    .command('create')
    .argument('<USER>', 'name of the user')
    .description('make a token; it is shown once')
    .option('--in <PROJECT>', 'for this project; default: the only one the user has')
    .option('--hours <N>', 'how long it lasts', '12')
    .action(
      run(async (session, user: string, options: { in?: string; hours: string }) =>
        (await identity()).createToken(session, user, options),
      ),
    )
  token
    .command('credential')
    .argument('<USER>', 'name of the user')
    .argument('<NAME>', 'of the credential')
    .description('make an application credential, with which a program gets its own tokens; its secret is shown once')
    .requiredOption('--in <PROJECT>', 'for this project')
    .addOption(new Option('--role <ROLE>', 'only this; default: all that the user has').choices(ROLES))
    .option('--days <N>', 'how long it lasts; default: until it is revoked')
    .action(
      run(async (session, user: string, name: string, options: { in: string; role?: string; days?: string }) =>
        (await identity()).createCredential(session, user, name, options),
      ),
    )
  token
    .command('list')
    .description('tokens that are good, without their secrets')
    .action(run(async (session) => (await identity()).listTokens(session)))
  token
    .command('revoke')
    .argument('<ID>', 'as it was told when it was made')
    .description('revoke a token or an application credential')
    .action(run(async (session, id: string) => (await identity()).revokeToken(session, id)))
}
