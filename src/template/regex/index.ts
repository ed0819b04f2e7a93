// Regular expressions as the rest of the template language sees them.
export { type Found, Regex, type Span, type Step } from './match.js'
export { PatternError } from './pattern-error.js'
