// The YAML library's error codes in words that tell a person what to do.
import type { YAMLError } from 'yaml'

interface Mistake {
  readonly message: string
  readonly hint?: string
}

const MISTAKES: { readonly [code: string]: Mistake } = {
  TAB_AS_INDENT: { message: 'a tab is used for indentation', hint: 'YAML is indented with spaces only' },
  BAD_INDENT: {
    message: 'the indentation fits no enclosing block',
    hint: 'fields of one map begin in the same column',
  },
  MULTILINE_IMPLICIT_KEY: {
    message: 'a key goes over more than one line',
    hint: 'is a colon or a closing quote missing?',
  },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'a second `key: value` stands inside a value',
    hint: 'begin a new line, or quote text that contains a colon',
  },
  KEY_OVER_1024_CHARS: { message: 'a key is longer than 1024 characters', hint: 'is a quote or a bracket not closed?' },
  BAD_SCALAR_START: {
    message: 'a value begins with a reserved character',
    hint: 'quote values that begin with %, @ or `',
  },
  BAD_DQ_ESCAPE: {
    message: 'an unknown escape in a double-quoted text',
    hint: 'write \\\\ for a backslash, or use single quotes',
  },
  BAD_ALIAS: { message: 'an alias without a name' },
  BLOCK_IN_FLOW: {
    message: 'an indented block stands inside brackets',
    hint: 'close the bracket, or write the value inside it',
  },
}

export function yamlMistake(error: YAMLError): Mistake {
  const text = firstLine(error.message)
  return missingEnd(text) ?? MISTAKES[error.code] ?? { message: text }
}

/** Quotes, brackets and colons that are missing: nearly always a text that was cut off. */
function missingEnd(text: string): Mistake | undefined {
  const hint = 'the text may be cut off'
  const bracket = /end with a ([\]}])/.exec(text)
  if (bracket) return { message: `a bracket is not closed: expected ${bracket[1]}`, hint }
  if (/^Missing closing .quote/.test(text)) return { message: 'a quote is not closed', hint }
  if (/need to be followed by map values|Missing .*(:|colon)/.test(text)) {
    return { message: 'a key without a colon', hint: `write \`key: value\`; ${hint}` }
  }
  return undefined
}

function firstLine(message: string): string {
  return message.split('\n')[0]?.slice(0, 200) ?? message
}
