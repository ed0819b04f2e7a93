// Answers to questions, as tables and short texts.
import type {
  EventView,
  Json,
  NestedView,
  ResourceDetail,
  ResourceView,
  SnapshotDetail,
  SnapshotView,
  StackView,
  WatchView,
  WhyView,
} from '../../index.js'
import { failingText } from './failing.js'
import { type Line, type Piece, shorten, span, type Tone, table, tame, toned } from './line.js'
import { drawOutputs } from './live.js'

const VALUE_LENGTH_MAX = 120

const toneOf = (status: string): Tone =>
  status.endsWith('FAILED') ? 'bad' : status.endsWith('IN_PROGRESS') ? 'busy' : 'good'

const head = (...words: string[]): Piece[] => words.map((word) => toned('dim', word))

/** `2026-01-31 12:00:05`, in UTC. */
export const moment = (at: string): string => at.slice(0, 19).replace('T', ' ')

export function drawStacks(stacks: readonly StackView[]): Line[] {
  if (stacks.length === 0) return [['There are no stacks. Make one with: isotherm up TEMPLATE']]
  const rows = stacks.map(({ name, status, updatedAt, createdAt, description, failing }): Piece[] => [
    toned('bold', tame(name)),
    failing ? toned('bad', `${status}, put aside`) : toned(toneOf(status), status),
    moment(updatedAt ?? createdAt),
    toned('dim', shorten(tame(description.trim()), 60)),
  ])
  return table([head('STACK', 'STATUS', 'CHANGED (UTC)', 'DESCRIPTION'), ...rows])
}

export function drawStack(stack: StackView): Line[] {
  const { name, status, reason, description, parameters, outputs } = stack
  const lines: Line[] = [[toned('bold', tame(name)), '  ', toned(toneOf(status), status)]]
  if (reason !== '') lines.push([tame(reason)])
  if (stack.failing) lines.push([toned('bad', failingText(stack.failing))])
  if (description.trim() !== '') lines.push([toned('dim', tame(description.trim()))])
  lines.push(
    [],
    ...table([
      head('id', stack.id),
      head('created', moment(stack.createdAt)),
      ...(stack.updatedAt === null ? [] : [head('changed', moment(stack.updatedAt))]),
      ...(stack.watch === null ? [] : [head('watched', watchText(stack.watch))]),
    ]),
  )
  lines.push(...section('Parameters', drawValues(parameters)), ...section('Outputs', drawOutputs(outputs)))
  return lines
}

export function drawNested(nested: readonly NestedView[]): Line[] {
  const rows = nested.map(({ path, stack, status }): Piece[] => [
    `  ${tame(path)}`,
    toned('dim', tame(stack)),
    toned(toneOf(status), status),
  ])
  return section('Nested stacks', table(rows))
}

export function drawSnapshots(snapshots: readonly SnapshotView[]): Line[] {
  const rows = snapshots.map(({ id, name, status, reason, createdAt }): Piece[] => [
    toned('bold', tame(name)),
    toned(toneOf(status), status),
    moment(createdAt),
    toned('dim', id),
    toned('bad', status === 'FAILED' ? shorten(tame(reason), VALUE_LENGTH_MAX) : ''),
  ])
  return table([head('SNAPSHOT', 'STATUS', 'TAKEN (UTC)', 'ID', ''), ...rows])
}

export function drawSnapshot({ id, name, status, reason, createdAt, resources }: SnapshotDetail): Line[] {
  const rows = resources.map(({ name: resource, type, physicalId, data }): Piece[] => [
    `  ${tame(resource)}`,
    toned('dim', tame(type)),
    toned('dim', tame(physicalId ?? '-')),
    data === null ? toned('dim', 'its definition') : shorten(tame(JSON.stringify(data)), VALUE_LENGTH_MAX),
  ])
  return [
    [toned('bold', tame(name)), '  ', toned(toneOf(status), status)],
    ...(reason === '' ? [] : [[tame(reason)]]),
    [],
    ...table([head('id', id), head('taken', moment(createdAt))]),
    ...section('What is kept', table(rows)),
  ]
}

const watchText = ({ everyMinutes, driftLimit, nextCheckAt }: WatchView) =>
  `every ${everyMinutes} min, drift limit ${driftLimit}, next check ${moment(nextCheckAt)}`

const section = (title: string, lines: Line[]): Line[] =>
  lines.length === 0 ? [] : [[], [toned('bold', title)], ...lines]

function drawValues(values: { readonly [name: string]: Json }): Line[] {
  return table(
    Object.entries(values).map(([name, value]): Piece[] => [
      `  ${tame(name)}`,
      shorten(tame(typeof value === 'string' ? value : JSON.stringify(value)), VALUE_LENGTH_MAX),
    ]),
  )
}

export function drawResources(resources: readonly ResourceView[]): Line[] {
  if (resources.length === 0) return [['There are no resources.']]
  const rows = resources.map(({ name, type, status, current, physicalId, reason, within }): Piece[] => [
    `${within ? `${tame(within.path)}/` : ''}${tame(name)}${current ? '' : ' (old)'}`,
    toned('dim', type),
    toned(toneOf(status), status),
    toned('dim', tame(physicalId ?? '-')),
    toned('bad', shorten(tame(reason ?? ''), VALUE_LENGTH_MAX)),
  ])
  return table([head('RESOURCE', 'TYPE', 'STATUS', 'PHYSICAL ID', ''), ...rows])
}

export function drawResource(resource: ResourceDetail): Line[] {
  const { name, type, status, reason, physicalId, version, requires, properties, attributes } = resource
  return [
    [toned('bold', tame(name)), '  ', toned('dim', type), '  ', toned(toneOf(status), status)],
    ...(reason === null ? [] : [[tame(reason)]]),
    [],
    ...table([
      head('physical id', tame(physicalId ?? '-')),
      head('version', String(version)),
      head('requires', requires.map(tame).join(', ') || '-'),
    ]),
    ...section('Properties', drawValues(properties ?? {})),
    ...section('Attributes', drawValues(attributes)),
  ]
}

/** One event, one line; columns of a fixed width, because the next event is not known yet. */
export function drawEvent(event: EventView, withId: boolean): Line {
  const { at, resource, stack, status, type, reason, id, within } = event
  const name = within ? [within.path, ...(resource === undefined ? [] : [resource])].join('/') : (resource ?? stack)
  return [
    toned('dim', `${at.slice(11, 23)}  `),
    tame(name).padEnd(20),
    '  ',
    toned(toneOf(status), status.padEnd(18)),
    ...(type === undefined ? [] : ['  ', toned('dim', type)]),
    ...(reason === undefined || reason === '' ? [] : ['  ', tame(reason)]),
    ...(withId ? ['  ', toned('dim', `[${id}]`)] : []),
  ]
}

export function drawWhy(why: WhyView): Line[] {
  const { resource, because, waitsFor, heldBy, nextAttemptSeconds, otherVersions, events } = why
  const lines: Line[] = [
    [
      toned('bold', tame(resource.name)),
      '  ',
      toned('dim', resource.type),
      '  ',
      toned(toneOf(resource.status), resource.status),
    ],
    [],
    ...because.map((sentence): Line => ['  ', tame(sentence)]),
  ]
  const waits = waitsFor.map(({ name, status, elapsedSeconds }): Piece[] => [
    `  ${tame(name)}`,
    toned(toneOf(status), status),
    elapsedSeconds === null ? '' : `for ${span(elapsedSeconds)}`,
  ])
  lines.push(...section('Waits for', table(waits)))
  if (heldBy) {
    const { engine, pid, host, pulseSeconds } = heldBy
    const text = `  engine ${engine}, process ${pid} on ${tame(host)}, last heard of ${span(pulseSeconds)} ago`
    lines.push(...section('Held by', [[text]]))
  }
  if (nextAttemptSeconds !== null && nextAttemptSeconds > 0) {
    lines.push(...section('Next attempt', [[`  in ${span(nextAttemptSeconds)}, the ${ordinal(resource.attempt + 1)}`]]))
  }
  const others = otherVersions.map(({ version, status, physicalId }): Piece[] => [
    `  version ${version}`,
    toned(toneOf(status), status),
    toned('dim', tame(physicalId ?? '-')),
  ])
  lines.push(...section('Other versions', table(others)))
  lines.push(
    ...section(
      'Events',
      events.map((event): Line => ['  ', ...drawEvent(event, false)]),
    ),
  )
  return lines
}

function ordinal(number: number): string {
  const endings: { readonly [digit: number]: string } = { 1: 'st', 2: 'nd', 3: 'rd' }
  const teen = Math.floor((number % 100) / 10) === 1
  return `${number}${teen ? 'th' : (endings[number % 10] ?? 'th')}`
}
