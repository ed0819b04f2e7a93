// Tokens, projects and the catalog as clients of Keystone know them.
import type { JsonObject } from '../../lib/json.js'
import type { TokenRow } from '../../store/tokens.js'

const DOMAIN: JsonObject = { id: 'default', name: 'Default' }
const REGION = 'RegionOne'

export interface Doors {
  readonly origin: string
  /** Of the identity interface, for example `/identity/v3`. */
  readonly prefix: string
}

/** Keystone writes microseconds. */
const keystoneTime = (time: Date): string => time.toISOString().replace(/Z$/, '000Z')

export function shownToken(doors: Doors, token: TokenRow): JsonObject {
  const { projectUid, project, credentialId } = token
  return {
    methods: [...token.methods],
    user: { id: token.userId, name: token.user, domain: DOMAIN, password_expires_at: null },
    audit_ids: [token.id],
    issued_at: keystoneTime(token.issuedAt),
    expires_at: keystoneTime(token.expiresAt),
    ...(projectUid !== null && {
      project: { id: projectUid, name: project ?? '', domain: DOMAIN },
      is_domain: false,
      roles: token.roles.map((name) => ({ id: name, name })),
      catalog: catalog(doors, projectUid),
    }),
    ...(credentialId !== null && { application_credential: { id: credentialId, restricted: true } }),
  }
}

/** Where everything is: this server, whatever is asked for. */
export function catalog({ origin, prefix }: Doors, projectUid: string): JsonObject[] {
  return [service('orchestration', `${origin}/v1/${projectUid}`), service('identity', `${origin}${prefix}`)]
}

function service(type: string, url: string): JsonObject {
  const endpoints = ['public', 'internal', 'admin'].map((door) => ({
    id: `${type}-${door}`,
    interface: door,
    region: REGION,
    region_id: REGION,
    url,
  }))
  return { id: type, type, name: type === 'orchestration' ? 'heat' : 'keystone', endpoints }
}

export const shownProject = ({ origin, prefix }: Doors, { uid, name }: { uid: string; name: string }): JsonObject => ({
  id: uid,
  name,
  domain_id: DOMAIN.id ?? null,
  parent_id: DOMAIN.id ?? null,
  description: '',
  enabled: true,
  is_domain: false,
  tags: [],
  options: {},
  links: { self: `${origin}${prefix}/projects/${uid}` },
})

export const shownVersion = ({ origin, prefix }: Doors): JsonObject => ({
  id: 'v3.14',
  status: 'stable',
  updated: '2020-04-07T00:00:00Z',
  links: [{ rel: 'self', href: `${origin}${prefix}/` }],
  'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' }],
})
