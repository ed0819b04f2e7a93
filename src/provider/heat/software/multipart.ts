// OS::Heat::MultipartMime: several configurations as one text in MIME, which cloud-init takes apart again.
import { createHash } from 'node:crypto'
import { hashOf, isJsonObject, type Json } from '../../../lib/json.js'
import { type CallContext, defineType } from '../../contract.js'
import { nothingOutside } from '../../physical-name.js'

interface Part {
  readonly content: string
  readonly filename: string | undefined
  readonly type: 'text' | 'multipart'
  readonly subtype: string | undefined
}

export const MultipartMime = defineType({
  name: 'OS::Heat::MultipartMime',
  description: 'Several configurations as one text in MIME.',
  properties: {
    group: { type: 'string', default: 'Heat::Ungrouped', description: 'Which tool runs it.' },
    parts: {
      type: 'list',
      default: [],
      description:
        'A list of { config, filename, type, subtype }; config is the id of a configuration, or the text itself.',
      schema: {
        items: {
          type: 'object',
          properties: {
            config: { type: 'string' },
            filename: { type: 'string' },
            type: { type: 'string', enum: ['text', 'multipart'], default: 'text' },
            subtype: { type: 'string' },
          },
          required: ['config'],
          additionalProperties: false,
        },
      },
    },
  },
  attributes: { config: { type: 'string', description: 'The text in MIME.' } },
  recoverBy: 'token',
  async create(call, { parts }) {
    const read = await Promise.all(parts.map((part) => readPart(call, part)))
    call.signal.throwIfAborted()
    return { physicalId: hashOf(call.token), attributes: { config: writeMultipart(read) } }
  },
  find: nothingOutside,
  async delete() {},
})

/** What is the id of a configuration in the stack is that configuration; anything else is the text itself. */
async function readPart(call: CallContext, part: Json): Promise<Part> {
  const { config = '', filename, type, subtype } = isJsonObject(part) ? part : {}
  const found = await call.peer(config)
  const text = found?.attributes.config ?? config
  return {
    content: typeof text === 'string' ? text : JSON.stringify(text),
    filename: typeof filename === 'string' ? filename : undefined,
    type: type === 'multipart' ? 'multipart' : 'text',
    subtype: typeof subtype === 'string' ? subtype : undefined,
  }
}

/** The boundary is made of the contents, so that the same parts give the same text. */
function writeMultipart(parts: readonly Part[]): string {
  const attached = parts.flatMap((part) => (part.type === 'multipart' ? innerParts(part.content) : [writePart(part)]))
  const hash = createHash('sha256').update(attached.join('\0')).digest('hex').slice(0, 32)
  const boundary = `===============${hash}==`
  const head = `Content-Type: multipart/mixed; boundary="${boundary}"\nMIME-Version: 1.0\n`
  return `${head}${attached.map((part) => `\n--${boundary}\n${part}`).join('')}\n--${boundary}--\n`
}

function writePart({ content, filename, subtype = 'plain' }: Part): string {
  const ascii = /^\p{ASCII}*$/u.test(content)
  const lines = [
    `Content-Type: text/${subtype}; charset="${ascii ? 'us-ascii' : 'utf-8'}"`,
    'MIME-Version: 1.0',
    `Content-Transfer-Encoding: ${ascii ? '7bit' : 'base64'}`,
    ...(filename === undefined
      ? []
      : [`Content-Disposition: attachment; filename="${filename.replace(/["\\\r\n]/g, '_')}"`]),
  ]
  return `${lines.join('\n')}\n\n${ascii ? content : wrapped(Buffer.from(content).toString('base64'))}`
}

const wrapped = (text: string) => text.replace(/.{76}(?=.)/g, '$&\n')

/** The parts of a text that is in MIME itself; a text that is not is one part. */
function innerParts(content: string): string[] {
  const [, boundary] = /boundary="?([^"\n;]+)"?/.exec(content) ?? []
  if (boundary === undefined) return [writePart({ content, filename: undefined, type: 'text', subtype: undefined })]
  const [, ...rest] = content.split(`\n--${boundary}`)
  return rest.filter((part) => !part.startsWith('--')).map((part) => part.replace(/^\r?\n/, ''))
}
