// OS::Heat::RandomString: a secret that is drawn once and stays as it is until one of its properties changes.
import { randomInt } from 'node:crypto'
import { isJsonObject, type Json } from '../../lib/json.js'
import { defineType, type PropertySchemas } from '../contract.js'
import { nothingOutside, physicalName } from '../physical-name.js'

const UPPERCASE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const LOWERCASE = UPPERCASE.toLowerCase()
const DIGITS = '0123456789'
const CLASSES: { readonly [name: string]: string } = {
  lettersdigits: LOWERCASE + UPPERCASE + DIGITS,
  letters: LOWERCASE + UPPERCASE,
  lowercase: LOWERCASE,
  uppercase: UPPERCASE,
  digits: DIGITS,
  hexdigits: `${DIGITS}ABCDEF`,
  octdigits: '01234567',
}
const classNames = Object.keys(CLASSES)
const minimum = { type: 'integer', minimum: 1, maximum: 512, default: 1 } as const

const properties = {
  length: { type: 'integer', default: 32, schema: { minimum: 1, maximum: 512 }, description: 'How many characters.' },
  character_classes: {
    type: 'list',
    description: 'Classes of characters to draw from, each with the least number (`min`, 1) of its characters.',
    schema: {
      items: {
        type: 'object',
        properties: { class: { type: 'string', enum: classNames, default: 'lettersdigits' }, min: minimum },
        additionalProperties: false,
      },
    },
  },
  character_sequences: {
    type: 'list',
    description: 'Characters to draw from, given as a text, each with the least number (`min`, 1) of its characters.',
    schema: {
      items: {
        type: 'object',
        required: ['sequence'],
        properties: { sequence: { type: 'string', minLength: 1 }, min: minimum },
        additionalProperties: false,
      },
    },
  },
  salt: { type: 'string', description: 'Takes no part in the drawing; a changed salt makes a new string.' },
  sequence: {
    type: 'string',
    schema: { enum: classNames },
    description: 'Old form of `character_classes` with one class and no minimum.',
  },
} as const satisfies PropertySchemas

/** A set of characters of which at least `min` appear. */
interface Pool {
  readonly characters: string
  readonly min: number
}

function poolsOf(classes: Json | undefined, sequences: Json | undefined): Pool[] {
  const items = [...(Array.isArray(classes) ? classes : []), ...(Array.isArray(sequences) ? sequences : [])]
  return items.filter(isJsonObject).map((item) => ({
    characters: typeof item.sequence === 'string' ? item.sequence : (CLASSES[String(item.class)] ?? ''),
    min: typeof item.min === 'number' ? item.min : 1,
  }))
}

/** A random string: each pool's minimum, the rest from all pools together, in random order. */
export function drawString(length: number, pools: readonly Pool[], below: (limit: number) => number): string {
  const pick = (characters: readonly string[]) => characters[below(characters.length)] ?? ''
  const all = [...new Set(pools.flatMap((pool) => [...pool.characters]))]
  const drawn = pools.flatMap((pool) => Array.from({ length: pool.min }, () => pick([...pool.characters])))
  while (drawn.length < length) drawn.push(pick(all))
  for (let last = drawn.length - 1; last > 0; last--) {
    const other = below(last + 1)
    const [one = '', two = ''] = [drawn[last], drawn[other]]
    drawn[last] = two
    drawn[other] = one
  }
  return drawn.join('')
}

export const RandomString = defineType({
  name: 'OS::Heat::RandomString',
  description: 'A random string, for passwords and secrets; get_resource and the attribute `value` give it.',
  properties,
  attributes: { value: { type: 'string', secret: true, description: 'The string.' } },
  // Nothing exists outside before the create is recorded, so a repeated create may draw again: nobody saw the first.
  recoverBy: 'token',
  async create(call, wanted) {
    call.signal.throwIfAborted()
    const pools = poolsOf(wanted.character_classes, wanted.character_sequences)
    if (pools.length === 0) pools.push({ characters: CLASSES[wanted.sequence ?? 'lettersdigits'] ?? '', min: 0 })
    // Not `call.world.random`: that one is made for jitter and can be predicted.
    const value = drawString(wanted.length, pools, (limit) => randomInt(limit))
    return { physicalId: physicalName(call), attributes: { value } }
  },
  find: nothingOutside,
  async delete() {},
  reference: (thing) => thing.attributes.value ?? thing.physicalId,
  validate({ length, sequence, character_classes: classes, character_sequences: sequences }) {
    if (typeof sequence === 'string' && (classes || sequences)) {
      return [{ property: 'sequence', message: 'cannot stand beside character_classes or character_sequences' }]
    }
    const least = poolsOf(classes ?? [], sequences ?? []).reduce((sum, pool) => sum + pool.min, 0)
    if (typeof length !== 'number' || least <= length) return []
    return [{ property: 'length', message: `must be at least ${least}, the sum of the minimums, got ${length}` }]
  },
})
