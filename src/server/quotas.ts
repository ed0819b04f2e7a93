// How much of everything one project may have, with the errors that clients of Heat know.
import { numberOfStacks } from '../api/listing.js'
import { DEFAULT_TREE_LIMITS, type TreeLimits } from '../engine/declare/tree-limits.js'
import { defaultRetention, type RetentionPolicy } from '../engine/retention.js'
import { isJsonObject, type JsonObject } from '../lib/json.js'
import { parseTemplate } from '../template/index.js'
import { Refusal } from './errors.js'
import type { Tenant } from './tenants.js'

export interface Quotas {
  readonly stacksMax: number
  /** With all that is nested in it. */
  readonly resourcesPerStackMax: number
  readonly nestedDepthMax: number
  readonly templateBytesMax: number
  /** The newest so many are kept; the oldest go, by and by, once they are an hour old. What is said for a project comes first. */
  readonly eventsPerStackMax: number
}

/** Heat's own defaults, but for the numbers of resources and events: there a large stack hurts, here it does not. */
export const DEFAULT_QUOTAS: Quotas = {
  stacksMax: 512,
  resourcesPerStackMax: 10_000,
  nestedDepthMax: DEFAULT_TREE_LIMITS.nestedDepthMax,
  templateBytesMax: 524_288,
  eventsPerStackMax: defaultRetention.eventsPerStackMax,
}

const exceeded = (message: string) => new Refusal(400, 'RequestLimitExceeded', message)

/** Two at once may both pass while there is room for one: a quota is a fence, not an account. */
export async function checkStacks({ parts }: Tenant, { stacksMax }: Quotas): Promise<void> {
  if ((await numberOfStacks(parts, {})) < stacksMax) return
  throw exceeded(`You have reached the maximum stacks per tenant, ${stacksMax}. Please delete some stacks.`)
}

/** What every stack is held to, by whichever engine works on it. */
export function treeLimitsOf(quotas: Partial<Quotas> | undefined): TreeLimits {
  const { resourcesPerStackMax: resourcesMax, nestedDepthMax } = { ...DEFAULT_QUOTAS, ...quotas }
  return { resourcesMax, nestedDepthMax }
}

export function checkTemplate(template: string | JsonObject, { templateBytesMax, resourcesPerStackMax }: Quotas): void {
  const bytes = Buffer.byteLength(typeof template === 'string' ? template : JSON.stringify(template))
  if (bytes > templateBytesMax) {
    throw exceeded(`Template size (${bytes} bytes) exceeds maximum allowed size (${templateBytesMax} bytes).`)
  }
  const document = typeof template === 'string' ? parseTemplate({ text: template }).document : template
  const resources = isJsonObject(document) ? (document.resources ?? document.Resources) : {}
  if (Object.keys(Object(resources)).length > resourcesPerStackMax) {
    throw exceeded(`Maximum resources per stack exceeded: ${resourcesPerStackMax}.`)
  }
}

/** What the engines beside the server keep. Throws nothing when there is too much: the oldest events go. */
export function retentionOf(
  quotas: Partial<Quotas> | undefined,
  retention: Partial<RetentionPolicy> | false = {},
): Partial<RetentionPolicy> | false {
  const { eventsPerStackMax } = quotas ?? {}
  return retention === false || eventsPerStackMax === undefined ? retention : { ...retention, eventsPerStackMax }
}
