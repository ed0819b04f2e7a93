// What the engine relies on, as tests that any resource type can be run through. The suite knows no test runner: each
// case has a name and a `run` that rejects when the type breaks the contract.
import assert from 'node:assert/strict'
import { equalJson, type Json, type JsonObject } from '../lib/json.js'
import type { CallContext, ResourceType, Thing } from './contract.js'
import { changedProperties, checkProperties, completeProperties, needsReplacement } from './properties.js'
import { withoutSecrets } from './secrets.js'
import { Driver } from './suite-driver.js'

/** What the suite needs to know of one corner of the real world; `fresh` may add or override any of it. */
export interface Samples {
  /** Valid properties. */
  readonly wanted: JsonObject
  /** Those of `wanted` that an update in place changes, with their new values; one for each property with `onChange: 'update'`. */
  readonly changed?: JsonObject
  /** Properties with `onChange: 'update'` that `changed` gives no value for, on purpose. */
  readonly notChanged?: readonly string[]
  /** Those of `wanted` whose new values ask for a new thing. */
  readonly replaced?: JsonObject
  /** Valid properties with which `create` fails. */
  readonly failing?: JsonObject
  /** The thing exists in the engine's rows alone: `find` finds nothing, ever, and `vanish` means nothing. */
  readonly nothingOutside?: boolean
  /** Whether the thing is there, looked at from outside, not through the type. */
  exists?(physicalId: string): Promise<boolean>
  /** How many things there are, looked at from outside: catches the second thing that nobody knows of. */
  count?(): Promise<number>
  /** Removes the thing from outside, behind the type's back. Without it the type's own `delete` stands in. */
  vanish?(physicalId: string): Promise<void>
}

export interface Fresh extends Partial<Samples> {
  readonly call?: Partial<CallContext>
  dispose?(): void | Promise<void>
}

export interface ProviderSubject extends Samples {
  readonly type: ResourceType
  /** A corner of the world for one case, with nothing in it. */
  fresh(): Promise<Fresh>
}

export interface SuiteCase {
  readonly name: string
  run(): Promise<void>
}

interface Stage extends Samples {
  readonly type: ResourceType
  readonly driver: Driver
}

type Test = (stage: Stage) => Promise<void>

/** The cases that apply to the subject; give each to your test runner: `for (const c of cases) it(c.name, c.run)`. */
export function providerSuite(subject: ProviderSubject): SuiteCase[] {
  const { type } = subject
  const cases: [name: string, test: Test, applies?: boolean][] = [
    ['the samples agree with the declaration', samplesAgree],
    ['create makes the thing', createMakes],
    ['create again with the same token makes no second thing', createTwice],
    ['an interrupted create is completed by the next one with its token', createInterrupted],
    ['find finds the thing by its token and nothing by a foreign one', findByToken, Boolean(type.find)],
    ['read mirrors what is wanted', readMirrors, Boolean(type.read)],
    ['read gives null for a thing that has gone', readVanished, Boolean(type.read)],
    ['update in place reaches what is wanted and can be repeated', updateRepeats, Boolean(type.update)],
    ['each property that can be updated is updated alone', updateEach, Boolean(type.update)],
    ['delete removes the thing and can be repeated', deleteRepeats],
    ['delete of a thing that has gone is done', deleteVanished],
    ['a call whose signal has aborted ends with an error and makes nothing', abortedBefore],
    ['a call ends promptly when its signal aborts', abortedDuring],
    ['an operation under way can be cancelled, twice', cancelRepeats, Boolean(type.cancel)],
    ['errors show no secret', errorsHideSecrets],
  ]
  return cases
    .filter(([, , applies]) => applies !== false)
    .map(([name, test]) => ({ name, run: () => onStage(subject, test) }))
}

async function onStage(subject: ProviderSubject, test: Test): Promise<void> {
  const fresh = await subject.fresh()
  try {
    const driver = new Driver(subject.type, fresh.call ?? {})
    await test({ ...subject, ...fresh, driver })
  } finally {
    await fresh.dispose?.()
  }
}

async function samplesAgree({ type, wanted, changed, notChanged = [], replaced }: Stage): Promise<void> {
  const complete = completeProperties(type, wanted)
  assert.deepEqual(checkProperties(type, wanted), [])
  assert.deepEqual(completeProperties(type, complete), complete, 'completing twice changes nothing')
  if (changed) {
    const after = completeProperties(type, { ...wanted, ...changed })
    const others = changedProperties(type, complete, after).filter((change) => change.onChange !== 'update')
    assert.deepEqual(others, [], '`changed` holds only properties that can be updated in place')
    assert.ok(!needsReplacement(type, complete, after), '`changed` asks for no new thing')
  }
  const updatable = Object.keys(type.properties).filter((name) => type.properties[name]?.onChange === 'update')
  const unsampled = updatable.filter((name) => !notChanged.includes(name) && !Object.hasOwn(changed ?? {}, name))
  assert.deepEqual(unsampled, [], '`changed` (or `notChanged`) names each property with onChange update')
  if (replaced) {
    const after = completeProperties(type, { ...wanted, ...replaced })
    assert.ok(needsReplacement(type, complete, after), '`replaced` asks for a new thing')
  }
}

async function createMakes({ driver, wanted, exists, count }: Stage): Promise<void> {
  const thing = await driver.create(wanted)
  assert.ok(thing.physicalId.length > 0, 'a thing has a physical id')
  if (exists) assert.ok(await exists(thing.physicalId), 'the thing is there')
  if (count) assert.equal(await count(), 1, 'there is one thing')
}

async function createTwice({ driver, wanted, count }: Stage): Promise<void> {
  const first = await driver.create(wanted)
  const second = await driver.create(wanted, { attempt: 2, fence: 2 })
  assert.equal(second.physicalId, first.physicalId, 'the same token gives the same thing')
  if (count) assert.equal(await count(), 1, 'there is one thing')
}

async function createInterrupted({ driver, wanted, exists, count }: Stage): Promise<void> {
  const interruption = new AbortController()
  const broken = driver.start(wanted, { signal: interruption.signal }).catch(() => undefined)
  await Promise.resolve()
  interruption.abort(new Error('interrupted by the suite'))
  await promptly(broken, 'an interrupted create')
  const found = await driver.find(wanted, { fence: 2 })
  const thing = await driver.create(wanted, { attempt: 2, fence: 2 })
  if (found) assert.equal(thing.physicalId, found.physicalId, 'find and create agree on the thing')
  if (exists) assert.ok(await exists(thing.physicalId), 'the thing is there')
  if (count) assert.equal(await count(), 1, 'there is one thing')
}

async function findByToken({ driver, wanted, nothingOutside }: Stage): Promise<void> {
  assert.equal(await driver.find(wanted), null, 'nothing is found before the create')
  const thing = await driver.create(wanted)
  const found = await driver.find(wanted, { fence: 2 })
  if (nothingOutside) assert.equal(found, null, 'there is nothing outside to be found')
  else assert.equal(found?.physicalId, thing.physicalId, 'the token finds the thing')
  const foreign = await driver.find(wanted, { token: driver.foreignToken })
  assert.equal(foreign, null, 'a foreign token finds nothing')
}

async function readMirrors({ type, driver, wanted }: Stage): Promise<void> {
  const thing = await driver.create(wanted)
  await assertMirrors(type, driver, thing, completeProperties(type, wanted))
}

async function readVanished(stage: Stage): Promise<void> {
  const { driver, wanted } = stage
  const thing = await driver.create(wanted)
  await vanish(stage, thing)
  assert.equal(await driver.read(thing), null, 'a thing that has gone reads as null')
}

async function updateRepeats({ type, driver, wanted, changed, exists, count }: Stage): Promise<void> {
  if (!changed) return
  const after = { ...wanted, ...changed }
  const thing = await driver.create(wanted)
  const updated = await driver.update(thing, after)
  await assertMirrors(type, driver, updated, completeProperties(type, after))
  // The answer of the first update was lost: it comes again with the thing as it was known before.
  const again = await driver.update(thing, after)
  await assertMirrors(type, driver, again, completeProperties(type, after))
  if (exists) assert.ok(await exists(thing.physicalId), 'the thing is still there')
  if (count) assert.equal(await count(), 1, 'there is still one thing')
}

async function updateEach({ type, driver, wanted, changed = {} }: Stage): Promise<void> {
  let thing = await driver.create(wanted)
  const before = completeProperties(type, wanted)
  for (const [name, value] of Object.entries(changed)) {
    const after = { ...wanted, [name]: value }
    if (checkProperties(type, after).length > 0) continue
    const complete = completeProperties(type, after)
    if (equalJson(before[name] ?? null, complete[name] ?? null)) assert.fail(`\`changed\` leaves ${name} as it is`)
    if (needsReplacement(type, before, complete)) continue
    thing = await driver.update(thing, after)
    await assertMirrors(type, driver, thing, complete)
    thing = await driver.update(thing, wanted)
    await assertMirrors(type, driver, thing, before)
  }
}

async function deleteRepeats({ driver, wanted, exists, count }: Stage): Promise<void> {
  const thing = await driver.create(wanted)
  await driver.delete(thing)
  if (exists) assert.ok(!(await exists(thing.physicalId)), 'the thing is no more')
  if (count) assert.equal(await count(), 0, 'there is nothing')
  await driver.delete(thing)
}

async function deleteVanished(stage: Stage): Promise<void> {
  const { driver, wanted } = stage
  const thing = await driver.create(wanted)
  await vanish(stage, thing)
  await driver.delete(thing)
}

async function abortedBefore({ driver, wanted, count }: Stage): Promise<void> {
  const signal = AbortSignal.abort(new Error('aborted by the suite'))
  await assert.rejects(promptly(driver.start(wanted, { signal }), 'an aborted create'), 'an aborted call rejects')
  if (count) assert.equal(await count(), 0, 'an aborted create made nothing')
}

async function abortedDuring({ driver, wanted }: Stage): Promise<void> {
  const during = new AbortController()
  const creating = driver.start(wanted, { signal: during.signal }).catch(() => undefined)
  setImmediate(() => during.abort(new Error('aborted by the suite')))
  await promptly(creating, 'an aborted create')
}

async function cancelRepeats({ type, driver, wanted }: Stage): Promise<void> {
  const answer = await driver.start(wanted)
  const operation = driver.operationOf('create', answer, completeProperties(type, wanted))
  if (!operation) return
  await type.cancel?.(driver.call(), operation)
  await type.cancel?.(driver.call({ attempt: 2 }), operation)
}

async function errorsHideSecrets({ type, driver, wanted, failing }: Stage): Promise<void> {
  const mangled = Object.entries(wanted).map(([name, value]): [string, Json] => [name, mangle(value)])
  const texts = checkProperties(type, Object.fromEntries(mangled)).map((problem) => problem.message)
  const failures = [driver.start(wanted, { signal: AbortSignal.abort() })]
  if (failing) failures.push(driver.create(failing).then(() => assert.fail('`failing` makes the create fail')))
  for (const failure of failures) texts.push(...(await messagesOf(failure)))
  for (const properties of [wanted, failing ?? {}]) {
    for (const text of texts) assert.equal(withoutSecrets(type, properties, text), text, 'a message shows no secret')
  }
}

/** The same value as another kind, so that a check objects to it. */
const mangle = (value: Json): Json => (typeof value === 'object' ? JSON.stringify(value) : [value])

/** The messages of the error and of its causes. */
async function messagesOf(failure: Promise<unknown>): Promise<string[]> {
  const texts: string[] = []
  const reason: unknown = await failure.then(
    () => undefined,
    (error: unknown) => error,
  )
  for (let error = reason, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth++) {
    if (error instanceof assert.AssertionError) throw error
    texts.push(error.message)
  }
  return texts
}

async function vanish({ driver, vanish }: Stage, thing: Thing): Promise<void> {
  if (vanish) await vanish(thing.physicalId)
  else await driver.delete(thing)
}

/** Each property that can be read back has the wanted value. */
async function assertMirrors(type: ResourceType, driver: Driver, thing: Thing, wanted: JsonObject): Promise<void> {
  if (!type.read) return
  const observed = await driver.read(thing)
  assert.ok(observed, 'an existing thing reads as something')
  for (const [name, live] of Object.entries(observed.properties)) {
    const value = wanted[name] ?? null
    const shown = type.properties[name]?.secret ? '' : `: wanted ${JSON.stringify(value)}, read ${JSON.stringify(live)}`
    assert.ok(equalJson(live, value), `property ${name} reads as it is wanted${shown}`)
  }
}

const PROMPT_MILLISECONDS = 10_000

async function promptly<T>(work: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new assert.AssertionError({ message: `${what} did not end` })), PROMPT_MILLISECONDS)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
