// What comes from the world may hold characters that PostgreSQL cannot store (NUL, half surrogate pairs). They become
// U+FFFD, so that recording an outcome can never fail because of its contents.

const UNSTORABLE = /[\0\p{Surrogate}]/gu

export function storable<T>(value: T): T {
  // JSON.stringify writes both kinds as escapes; most values have none, and then nothing is copied.
  return /\\u(0000|d[89a-f])/i.test(JSON.stringify(value) ?? '') ? (clean(value) as T) : value
}

function clean(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(UNSTORABLE, '\uFFFD')
  if (Array.isArray(value)) return value.map(clean)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [clean(key), clean(field)]))
}
