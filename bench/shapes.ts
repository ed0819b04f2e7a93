// Graphs to measure with. Resource `i` depends only on resources before it, so the last one has no dependants.

export const shapeNames = ['independent', 'chain', 'layered', 'fan-in', 'fan-out', 'random'] as const
export type ShapeName = (typeof shapeNames)[number]

const LAYERS = 10
const DEPENDENCIES = 3

type Dependencies = (index: number, count: number) => readonly number[]

const shapes: Record<ShapeName, Dependencies> = {
  independent: () => [],
  chain: (index) => (index === 0 ? [] : [index - 1]),
  layered: (index, count) => {
    const width = Math.ceil(count / LAYERS)
    const above = Math.floor(index / width) - 1
    if (above < 0) return []
    return distinct((nth) => above * width + ((index * 7 + nth * 13) % width))
  },
  'fan-in': (index, count) => (index === count - 1 ? Array.from({ length: index }, (_, other) => other) : []),
  'fan-out': (index) => (index === 0 ? [] : [0]),
  random: (index) => (index === 0 ? [] : distinct((nth) => scatter(index * DEPENDENCIES + nth) % index)),
}

const distinct = (pick: (nth: number) => number): number[] => [
  ...new Set(Array.from({ length: DEPENDENCIES }, (_, nth) => pick(nth))),
]

/** The same number for the same seed, spread over 32 bits. */
function scatter(seed: number): number {
  let bits = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

export const nameOf = (index: number): string => `r${index}`

/** One definition. A few dependencies are read as inputs; a great many are only waited for. */
export function definition(shape: ShapeName, index: number, count: number, size: number): object {
  const names = shapes[shape](index, count).map(nameOf)
  const few = names.length <= 100
  return {
    type: 'Bench::Thing',
    properties: {
      size,
      ...(few && names.length > 0 && { inputs: names.map((name) => ({ get_attr: [name, 'value'] })) }),
    },
    ...(!few && { depends_on: names }),
  }
}

/** The whole template as a stream. @param sizeOf the property whose change is an update in place. */
export async function* definitions(
  shape: ShapeName,
  count: number,
  sizeOf: (index: number) => number,
): AsyncGenerator<readonly [string, object]> {
  for (let index = 0; index < count; index++) {
    yield [nameOf(index), definition(shape, index, count, sizeOf(index))]
  }
}
