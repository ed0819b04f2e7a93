// Reading text and objects: places, mistakes, bombs, and two readers that must agree.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json } from '../lib/json.js'
import { formatProblem } from '../lib/problem.js'
import { readFully } from './full.js'
import { DEFAULT_LIMITS, type Limits } from './limits.js'
import { parseTemplate } from './parse.js'
import { readQuickly } from './quick.js'
import { jsonOf, Lines, offsetOf } from './tree.js'

const read = (text: string) => parseTemplate({ text, file: 'a.yaml' }).document
const complaints = (text: string, limits: Partial<Limits> = {}) =>
  parseTemplate({ text, file: 'a.yaml' }, { limits }).problems.map(formatProblem)

describe('scalars mean what Heat takes them for', () => {
  const cases: [string, Json][] = [
    ['2013-05-23', '2013-05-23'],
    ['yes', true],
    ['Off', false],
    ['y', 'y'],
    ['~', null],
    ['010', 8],
    ['0x1F', 31],
    ['0b101', 5],
    ['1_000', 1000],
    ['1:30', 90],
    ['8080:80', '8080:80'],
    ['1.5', 1.5],
    ['-3', -3],
    ['1e5', '1e5'],
    ['08', '08'],
    ['.5', 0.5],
    ['12345678901234567890', '12345678901234567890'],
    ['"010"', '010'],
    ["'it''s'", "it's"],
    ['"a\\tb"', 'a\tb'],
    ['a # comment', 'a'],
    ['a#b', 'a#b'],
    ['http://x:80/', 'http://x:80/'],
  ]
  test.each(cases)('%s', (text, value) => {
    expect(read(`a: ${text}\n`)).toEqual({ a: value })
    expect(full(`a: ${text}\n`)).toEqual({ a: value })
  })

  test('JSON numbers with an exponent are numbers in JSON text', () => {
    expect(read('{"a": 1e5, "b": [true, null, "x"]}')).toEqual({ a: 100000, b: [true, null, 'x'] })
  })

  test('keys are text whatever they look like', () => {
    expect(read('on: 1\n1: 2\ntrue: 3\n')).toEqual({ on: 1, '1': 2, true: 3 })
  })

  test('the key __proto__ is an ordinary key', () => {
    const document = read('__proto__: {a: 1}\n')
    expect(Object.keys(document ?? {})).toEqual(['__proto__'])
  })
})

describe('what is wrong with a text is told with line, column and a hint', () => {
  const cases: [string, string, string][] = [
    ['truncated list', 'a: [1, 2\n', 'a.yaml:2:1 a bracket is not closed: expected ] (the text may be cut off)'],
    ['truncated map', 'a: {get_param: x', 'a.yaml:1:17 a bracket is not closed: expected } (the text may be cut off)'],
    ['truncated text', 'a: "abc\n', 'a.yaml:2:1 a quote is not closed (the text may be cut off)'],
    ['truncated key', 'a: 1\nb', 'a.yaml:2:1 a key without a colon (write `key: value`; the text may be cut off)'],
    ['tab', 'a:\n\tb: 1\n', 'a.yaml:2:1 a tab is used for indentation (YAML is indented with spaces only)'],
    [
      'indentation',
      'a:\n    b: x\n   c: 1\n',
      'a.yaml:3:1 the indentation fits no enclosing block (fields of one map begin in the same column)',
    ],
    [
      'two documents',
      'a: 1\n---\nb: 2\n',
      'a.yaml:2:1 the text contains more than one document (keep one template per file and remove the `---` between them)',
    ],
    [
      'colon',
      'a: b: c\n',
      'a.yaml:1:4 a second `key: value` stands inside a value (begin a new line, or quote text that contains a colon)',
    ],
    [
      'tag',
      'a: !Ref x\n',
      'a.yaml:1:9 a: the tag !Ref means nothing in a template (write the function as a map, for example { Ref: name })',
    ],
    [
      'tag in HOT',
      'heat_template_version: !Ref x\n',
      'a.yaml:1:29 heat_template_version: the tag !Ref means nothing in a template (write the function as a map, for example { get_param: name })',
    ],
    ['no anchor', 'a: *x\n', 'a.yaml:1:4 a: no anchor &x stands before the alias *x'],
    ['endless', 'a: &x [*x]\n', 'a.yaml:1:8 a.0: the alias *x stands inside its own anchor'],
    ['infinite', 'a: .inf\n', 'a.yaml:1:4 a: .inf is a number that JSON cannot hold (quote it if it is text: ".inf")'],
  ]
  test.each(cases)('%s', (_, text, line) => expect(complaints(text)).toEqual([line]))
})

describe('bombs are refused', () => {
  test('aliases of aliases', () => {
    const levels = Array.from({ length: 30 }, (_, level) => `a${level + 1}: &a${level + 1} [*a${level}, *a${level}]`)
    expect(complaints(['a0: &a0 [x, x]', ...levels].join('\n'))).toEqual([
      expect.stringMatching(
        /^a.yaml:\d+:\d+ a\d+.\d: aliases expand to more than 1000000 values \(write the repeated parts out/,
      ),
    ])
  })

  test.each(['[', '{a: ', '- ', '? ', '[{a: '])('nesting by %s', (opening) => {
    expect(complaints(opening.repeat(100_000))).toEqual([
      expect.stringMatching(/^a.yaml:1:\d+ nested more than 100 levels deep \(a template never needs as much/),
    ])
  })

  test('more text than the limit', () => {
    expect(complaints('a: 123456789', { textMax: 10 })).toEqual([
      'a.yaml the text is 12 characters long; at most 10 are read (move large contents to files and use get_file)',
    ])
  })

  test('long text that needs the full reader, with the line from which it does', () => {
    expect(complaints(`a: 1\nb: &x 2\nc: [${'1, '.repeat(100)}]\n`, { tokensMax: 50 })).toEqual([
      expect.stringMatching(/^a.yaml:2:1 something here needs the full YAML reader, and the text is too long for it/),
    ])
  })

  test('objects inside themselves, and objects used everywhere', () => {
    const ring: { [name: string]: unknown } = {}
    ring.a = ring
    expect(parseTemplate({ object: ring }).problems[0]?.message).toBe('nested more than 100 levels deep')
    let doubled: unknown = ['x']
    for (let level = 0; level < 40; level++) doubled = [doubled, doubled]
    expect(parseTemplate({ object: doubled }).problems.map(({ message }) => message)).toEqual(['too many values'])
  })
})

test('what JSON cannot hold is refused in objects', () => {
  const { problems } = parseTemplate({ object: { a: [1, () => 1], b: new Map(), c: Number.NaN, d: undefined, e: 1n } })
  expect(problems.map(formatProblem)).toEqual([
    'a.1: a function has no place in a template',
    'b: an object of class Map has no place in a template',
    'c: NaN is not a JSON number',
    'e: a bigint has no place in a template',
  ])
})

test('an object is copied, so a later change does not reach the template', () => {
  const object = { a: { b: 1 } }
  const { document } = parseTemplate({ object })
  object.a.b = 2
  expect(document).toEqual({ a: { b: 1 } })
})

test('every path has a place: its own, or the nearest around it', () => {
  const { placeOf } = parseTemplate({
    text: 'resources:\n  web.1:\n    properties: { port: 80 }\n  list:\n    - a\n    - b: 1\n',
    file: 'w.yaml',
  })
  expect(placeOf('resources.web.1.properties.port')).toEqual({ file: 'w.yaml', line: 3, column: 19 })
  expect(placeOf('resources.web.1.metadata.x')).toEqual({ file: 'w.yaml', line: 2, column: 3 })
  expect(placeOf('resources.list.1.b')).toEqual({ file: 'w.yaml', line: 6, column: 7 })
  expect(placeOf('outputs.o')).toEqual({ file: 'w.yaml', line: 1, column: 1 })
})

test('anchors, merged maps, folded text and explicit keys are read', () => {
  const text = 'a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}\ne: >\n  one\n  two\n? f\n: g\n'
  expect(read(text)).toEqual({ a: { b: 1, c: 2 }, d: { c: 3, b: 1 }, e: 'one two\n', f: 'g' })
})

// The quick reader

function full(text: string): Json | undefined {
  const { root } = readFully(new Lines(text, undefined), DEFAULT_LIMITS)
  return root && jsonOf(root)
}

function quick(text: string): Json | undefined {
  const reading = readQuickly(text, DEFAULT_LIMITS.depthMax)
  return 'root' in reading ? jsonOf(reading.root) : undefined
}

test('ordinary templates do not need the full reader', () => {
  const text = [
    '# comment',
    '---',
    'heat_template_version: 2015-10-15',
    '',
    'resources:',
    '  a:',
    '    type: OS::Heat::Value   # why',
    '    properties:',
    '      value: { get_attr: [b, "x", 0] }',
    '      list: [1, two,',
    '             "three", {four: 5}]',
    '      script: |',
    '        #!/bin/sh',
    '          echo "$x"  ',
    '',
    '        exit 0',
    '    depends_on:',
    '    - b',
    "    - 'c'",
    '  b:',
    '    type: X',
    '    properties:',
    '      - name: a',
    '        value: 1',
    '      -',
    '        - 1',
    '      - - 2',
    '        - 3',
    '      - |-',
    '        text',
    'outputs:',
    '',
  ].join('\n')
  expect(quick(text)).toBeDefined()
  expect(quick(text)).toEqual(full(text))
})

const piece = fc.constantFrom(
  ...[
    'a',
    'b',
    'key',
    '1',
    '010',
    'yes',
    '~',
    ' ',
    ' ',
    '  ',
    '\n',
    '\n',
    '\n  ',
    '\n    ',
    ': ',
    ': ',
    ':',
    '- ',
    '-',
    ', ',
    ',',
  ],
  ...[
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '"x"',
    "'y'",
    '#',
    ' # c',
    '|',
    '|-',
    '>',
    '&x ',
    '*x',
    '!',
    '!!str ',
    '?',
    '? ',
    '%',
    '@',
    '\\',
  ],
  ...[
    '---',
    '...',
    '<<',
    '\t',
    '\r\n',
    '.inf',
    '.5',
    'é',
    '😀',
    '\u2028',
    "''",
    '\\n',
    '::',
    'a: b',
    '\na: ',
    '\n- ',
    '{}',
    '[]',
  ],
)

test('what the quick reader accepts it reads as the full reader does, and finds in the same places', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      const text = pieces.join('')
      const reading = readQuickly(text, DEFAULT_LIMITS.depthMax)
      if (!('root' in reading)) return
      const { root, problems } = readFully(new Lines(text, undefined), DEFAULT_LIMITS)
      expect(problems).toEqual([])
      expect(jsonOf(reading.root)).toEqual(root && jsonOf(root))
      for (const path of pathsIn(jsonOf(reading.root))) {
        // (the library places items that are nothing at all a little differently)
        expect([path, offsetOf(reading.root, path)]).toEqual([path, root && offsetOf(root, path)])
      }
    }),
    { numRuns: 5000 },
  )
})

function pathsIn(value: Json): string[] {
  if (typeof value !== 'object' || value === null) return []
  const there = Object.entries(value).filter(([, child]) => child !== null || !Array.isArray(value))
  return there.flatMap(([key, child]) => [key, ...pathsIn(child).map((path) => `${key}.${path}`)])
}

test('JSON text reads as JSON.parse reads it', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })),
      fc.constantFrom(0, 1, 2),
      (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        const { document, problems } = parseTemplate({ text })
        expect(problems).toEqual([])
        expect(document).toEqual(JSON.parse(text))
      },
    ),
    { numRuns: 1000 },
  )
})

test('no text makes the parser throw', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
        fc.string(),
      ),
      (text) => {
        const { document, problems } = parseTemplate({ text })
        expect(document === undefined).toBe(problems.length > 0)
      },
    ),
    { numRuns: 3000 },
  )
})

test('of a key that stands twice the last one holds, and a warning says so', () => {
  const parsed = parseTemplate({ text: 'a: { b: 1, b: 2 }\nc: 3\na: { d: 4, d: 5, d: 6 }\n' })
  expect(parsed).toMatchObject({ document: { a: { d: 6 }, c: 3 }, problems: [] })
  expect(parsed.warnings.map(({ line, column, path }) => [line, column, path])).toEqual([
    [1, 12, 'a.b'],
    [3, 1, 'a'],
    [3, 12, 'a.d'],
    [3, 18, 'a.d'],
  ])
  expect(parsed.placeOf('a.d')).toMatchObject({ line: 3, column: 18 })
})
