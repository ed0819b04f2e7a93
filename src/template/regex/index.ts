// Regular expressions as the rest of the template language sees them.
export { type Found, Regex } from './match.js'
export { PatternError } from './pattern-error.js'
