// The word that tells where a server is reached, as addresses begin with it.
import { UsageError } from './exit.js'

/** Throws UsageError for what is no HTTP address. */
export function originOf(url: string): string {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url.replace(/\/+$/, '')
  throw new UsageError(`--public-url ${url} is no address`, 'for example https://heat.example.com:8004')
}
