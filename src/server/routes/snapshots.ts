// Snapshots, and stacks that leave their things behind: the addresses are there, and say what is not.
import type { JsonObject } from '../../lib/json.js'
import { notYet } from '../errors.js'
import type { Method, Route } from '../route.js'
import { atStack } from './place.js'

const STACK = '/v1/:tenant/stacks/:stack/:id'

const NAME: JsonObject = { type: 'object', properties: { name: { type: ['string', 'null'] } } }

export const snapshotRoutes: readonly Route[] = [
  later('POST', '/snapshots', 'stacks:snapshot', 'take a snapshot', 'Taking snapshots', NAME),
  later('GET', '/snapshots', 'stacks:list_snapshots', 'the snapshots of a stack', 'Taking snapshots'),
  later('GET', '/snapshots/:snapshot', 'stacks:show_snapshot', 'a snapshot', 'Taking snapshots'),
  later('DELETE', '/snapshots/:snapshot', 'stacks:delete_snapshot', 'forget a snapshot', 'Taking snapshots'),
  later('POST', '/snapshots/:snapshot/restore', 'stacks:restore_snapshot', 'back to a snapshot', 'Taking snapshots'),
  later('DELETE', '/abandon', 'stacks:abandon', 'give a stack up, and leave its things', 'Abandoning a stack'),
  later('GET', '/export', 'stacks:export', 'what abandoning a stack would tell', 'Exporting a stack'),
]

function later(
  method: Method,
  subpath: string,
  operation: string,
  summary: string,
  what: string,
  body?: JsonObject,
): Route {
  return {
    method,
    path: `${STACK}${subpath}`,
    operation,
    summary,
    access: method === 'GET' ? 'read' : 'write',
    status: 501,
    ...(body && { body }),
    answer: async (call) => {
      await atStack(call)
      throw notYet(what)
    },
  }
}
