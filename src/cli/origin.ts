// Words that tell where a server is reached, as addresses begin with them.
import { UsageError } from './exit.js'

/** Throws UsageError for what is no HTTP address. */
export function originOf(option: string, url: string, example = 'https://heat.example.com:8004'): string {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url.replace(/\/+$/, '')
  throw new UsageError(`${option} ${url} is no address`, `for example ${example}`)
}
