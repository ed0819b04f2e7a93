// Server-sent events, read from a response as it comes.
import { ServerUnavailable } from './errors.js'

export interface ServerEvent {
  /** `message` where the server names none. */
  readonly event: string
  readonly id?: string
  readonly data: string
}

/** Ends with the stream. Whoever stops reading closes the connection. Throws ServerUnavailable when the connection breaks. */
export async function* serverEvents({ body, url }: Response): AsyncGenerator<ServerEvent> {
  if (!body) return
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw new ServerUnavailable(`the connection to ${url} broke`, { cause: error })
      })
      if (done) return
      text += decoder.decode(value, { stream: true })
      const blocks = text.split(/\r?\n\r?\n/)
      text = blocks.pop() ?? ''
      for (const block of blocks) yield* eventIn(block)
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

/** Comments keep a connection alive and say nothing. */
function* eventIn(block: string): Generator<ServerEvent> {
  const fields = block.split(/\r?\n/).flatMap((line): [string, string][] => {
    const colon = line.indexOf(':')
    return colon < 1 ? [] : [[line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')]]
  })
  const last = (name: string) => fields.findLast(([field]) => field === name)?.[1]
  const data = fields.flatMap(([field, value]) => (field === 'data' ? [value] : []))
  if (data.length === 0) return
  const id = last('id')
  yield { event: last('event') ?? 'message', ...(id !== undefined && { id }), data: data.join('\n') }
}
