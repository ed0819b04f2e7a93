// Everything a resource type is made of and checked with, and the types that Isotherm brings along.
export * from './contract.js'
export * from './error.js'
export { groupTypes } from './groups/index.js'
export { heatTypes } from './heat/index.js'
export { httpTypes } from './http/index.js'
export * from './properties.js'
export { TypeRegistry } from './registry.js'
