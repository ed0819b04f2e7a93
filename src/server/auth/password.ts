// `--auth password`: the server's own users, by their tokens, or by name and password with each request.
import { type Identity, NotLetIn } from '../../api/identity/identity.js'
import type { TokenRow } from '../../store/tokens.js'
import { listAssignments } from '../../store/users.js'
import { type Caller, isRole, type Role } from '../caller.js'
import type { Authenticator, Credentials } from './authenticator.js'

/** Where the server's own Keystone interface stands. */
const IDENTITY_PATH = '/identity/v3'

export function byOwnUsers(identity: Identity): Authenticator {
  return {
    kind: 'password',
    authUrl: (origin) => `${origin}${IDENTITY_PATH}`,
    caller: async (credentials) => {
      if (credentials.token !== undefined) return callerOf(await identity.known(credentials.token))
      return loggedIn(identity, credentials)
    },
  }
}

function callerOf(token: TokenRow): Caller {
  const { projectId, projectUid, project, boundStack, boundResource } = token
  return {
    user: { id: token.userId, name: token.user },
    project: projectId === null ? null : { id: projectId, uid: projectUid ?? '', name: project ?? '' },
    roles: rolesIn(token.roles),
    ...(boundStack !== null && boundResource !== null && { bound: { stackId: boundStack, resource: boundResource } }),
  }
}

const rolesIn = (words: readonly string[]): ReadonlySet<Role> => new Set(words.filter(isRole))

async function loggedIn(identity: Identity, { login, address, tenant }: Credentials): Promise<Caller> {
  if (!login) throw new NotLetIn()
  const user = await identity.user({ name: login.user }, login.password, address)
  const inProject = (await listAssignments(identity.database, user.id)).filter(
    ({ projectUid }) => projectUid === tenant,
  )
  const [first] = inProject
  const { boundStack, boundResource } = user
  return {
    user: { id: user.id, name: user.name },
    project: first ? { id: first.projectId, uid: first.projectUid, name: first.project } : null,
    roles: rolesIn(inProject.map(({ role }) => role)),
    ...(boundStack !== null && boundResource !== null && { bound: { stackId: boundStack, resource: boundResource } }),
  }
}
