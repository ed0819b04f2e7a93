// Which methods an address has: asked only where the router found nothing, to tell a wrong method from a wrong address.
import type { Method, Route } from './route.js'

interface Known {
  /** Undefined: any text stands there. */
  readonly parts: readonly (string | undefined)[]
  readonly method: Method
}

/** In the order of the alphabet; none where there is nothing at the address. */
export function methodsOf(routes: readonly Route[]): (url: string) => Method[] {
  const known = routes.map(
    ({ path, method }): Known => ({
      method,
      parts: partsOf(path).map((part) => (part.startsWith(':') ? undefined : part)),
    }),
  )
  return (url) => {
    const asked = partsOf(url.split('?', 1)[0] ?? '').map(decoded)
    return [...new Set(known.filter(({ parts }) => fits(parts, asked)).map(({ method }) => method))].sort()
  }
}

const partsOf = (path: string): string[] => path.replace(/^\/|\/$/g, '').split('/')

const fits = (parts: Known['parts'], asked: readonly string[]): boolean =>
  parts.length === asked.length &&
  parts.every((part, index) => (part === undefined ? asked[index] !== '' : part === asked[index]))

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
