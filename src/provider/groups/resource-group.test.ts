// Which members a group has, and what is said of each: as Heat has it, case by case.
import { describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../lib/json.js'
import type { Member } from '../composite.js'
import { ResourceGroup } from './resource-group.js'

const THING = { type: 'T', properties: {} }

const member = (name: string, definition: JsonObject = THING): Member => ({
  name,
  reference: `ref-${name}`,
  status: 'COMPLETE',
  definition,
  attributes: {},
})

interface Group {
  readonly members?: readonly Member[]
  readonly removed?: readonly string[]
  readonly updatePolicy?: JsonObject
}

function compose(properties: JsonObject, { members = [], removed, updatePolicy = {} }: Group = {}) {
  const given = { count: 2, index_var: '%index%', resource_def: THING, removal_policies: [], ...properties }
  const memory = removed ? { removed: [...removed] } : null
  const around = { name: 'g', token: 't', files: {}, updatePolicy, memory, members }
  const composed = ResourceGroup.composite?.compose({ removal_policies_mode: 'append', ...given }, around)
  const { template } = composed ?? {}
  const resources: JsonObject = typeof template === 'object' ? (template.resources as JsonObject) : {}
  return { resources, names: Object.keys(resources), memory: composed?.memory }
}

const removing = (...names: Json[]) => ({ removal_policies: [{ resource_list: names }] })
const two = [member('0'), member('1')]

describe('names', () => {
  test.each<[string, JsonObject, Group, string[], string[]]>([
    ['a new group', {}, {}, ['0', '1'], []],
    ['a new group that is told what to leave out', removing('0', 3), {}, ['1', '2'], ['0', '3']],
    ['likewise, in the order of texts', removing(10, 2), {}, ['0', '1'], ['10', '2']],
    ['a member that goes', removing('0'), { members: two, removed: [] }, ['1', '2'], ['0']],
    ['by reference', removing('ref-1'), { members: two, removed: [] }, ['0', '2'], ['1']],
    ['what is no member', removing('7', 'nobody'), { members: two, removed: [] }, ['0', '1'], []],
    ['what has gone stays gone', {}, { members: two, removed: ['3'] }, ['0', '1'], ['3']],
    [
      'unless only what is named now counts',
      { removal_policies_mode: 'update', ...removing('3') },
      { members: two, removed: ['3', '4'] },
      ['0', '1'],
      ['3'],
    ],
    ['a group without members that had some', removing('0'), { removed: [] }, ['0', '1'], []],
  ])('%s', (_, properties, group, names, removed) => {
    expect(compose(properties, group)).toMatchObject({ names, memory: { removed } })
  })
})

test('the word for the number is replaced in the texts of properties, and not in keys, metadata or the type', () => {
  const properties = { a: ['x-#i#', { '#i#': '#i##i#' }], n: 1 }
  const { resources } = compose({
    count: 1,
    index_var: '#i#',
    resource_def: { type: 'T', properties, metadata: { m: '#i#' }, isotherm: null },
  })
  expect(resources).toEqual({
    0: { type: 'T', properties: { a: ['x-0', { '#i#': '00' }], n: 1 }, metadata: { m: '#i#' } },
  })
})

test('members with the highest numbers are changed first', () => {
  const old = { type: 'T', properties: { v: 'old' } }
  const group = { members: [0, 1, 2, 3].map((number) => member(String(number), old)), removed: [] }
  const { resources } = compose(
    { count: 4, resource_def: THING },
    { ...group, updatePolicy: { rolling_update: { max_batch_size: 2 } } },
  )
  expect(resources).toEqual({ 0: old, 1: old, 2: THING, 3: THING })
})
