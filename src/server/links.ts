// Addresses of things, as clients follow them.

export interface Link {
  readonly href: string
  readonly rel: string
  readonly [key: string]: string
}

export interface Place {
  readonly origin: string
  readonly tenant: string
}

export interface StackPlace {
  readonly name: string
  readonly id: string
}

export const stackUrl = ({ origin, tenant }: Place, { name, id }: StackPlace): string =>
  `${origin}/v1/${encodeURIComponent(tenant)}/stacks/${encodeURIComponent(name)}/${id}`

export const resourceUrl = (place: Place, stack: StackPlace, resource: string): string =>
  `${stackUrl(place, stack)}/resources/${encodeURIComponent(resource)}`

export const stackLinks = (place: Place, stack: StackPlace, rel = 'self'): Link[] => [
  { href: stackUrl(place, stack), rel },
]

/** Heat writes whole seconds, and some clients read nothing else. */
export const heatTime = (iso: string): string => iso.replace(/\.\d+Z$/, 'Z')
