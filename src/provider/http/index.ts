// Resource types that reach the world through HTTP.
import type { ResourceType } from '../contract.js'
import { HttpCheck } from './check.js'
import { HttpResource } from './resource.js'

export const httpTypes: readonly ResourceType[] = [HttpCheck, HttpResource]
