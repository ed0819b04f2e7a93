// Patterns as Python reads them, and patterns that would run for ever.
import { describe, expect, test } from 'vitest'
import { PatternError, Regex } from './index.js'

function find(pattern: string, text: string, flags = {}): (string | undefined)[] | undefined {
  const characters = [...text]
  const slice = (span: { start: number; end: number } | undefined) =>
    span && characters.slice(span.start, span.end).join('')
  const found = new Regex(pattern, flags).find(characters, () => undefined)
  return found && [slice(found), ...found.groups.map(slice)]
}

describe('a pattern finds', () => {
  test.each<[string, string, (string | undefined)[] | undefined]>([
    ['a.c', 'xabcx', ['abc']],
    ['a.c', 'a\nc', undefined],
    ['^b', 'ab', undefined],
    ['c$', 'abc\n', ['c']],
    ['c\\Z', 'abc\n', undefined],
    ['(a+)(b*)', 'xaabz', ['aab', 'aa', 'b']],
    ['(a+?)(a*)', 'aaa', ['aaa', 'a', 'aa']],
    ['(a|ab)(c|bcd)(d*)', 'abcd', ['abcd', 'a', 'bcd', '']],
    ['(?:ab){2,3}', 'ababababab', ['ababab']],
    ['(?:ab){2,3}?', 'ababababab', ['abab']],
    ['x{2}', 'axxx', ['xx']],
    ['x{,2}y', 'xxxy', ['xxy']],
    ['x{a}', 'x{a}', ['x{a}']],
    ['[a-c\\d]+', 'zzb1c9zz', ['b1c9']],
    ['[^a-c]+', 'abcxyzabc', ['xyz']],
    ['[]a]+', ']a]', [']a]']],
    ['[a-]+', 'a-a', ['a-a']],
    ['\\bword\\b', 'a word here', ['word']],
    ['\\w+@\\w+\\.com', 'mail joe@site.com now', ['joe@site.com']],
    ['(?P<first>\\w+) (?P=first)', 'the the cat', ['the the', 'the']],
    ['(\\w)\\1', 'abccd', ['cc', 'c']],
    ['foo(?=bar)', 'foobaz foobar', ['foo']],
    ['foo(?!bar)\\w+', 'foobar foobaz', ['foobaz']],
    ['(?<=\\$)\\d+', 'cost $42', ['42']],
    ['(?<!\\$)\\b\\d+', '$42 17', ['17']],
    ['(?i)HELLO', 'say hello', ['hello']],
    ['(a)|b', 'b', ['b', undefined]],
    ['(a*)*', 'b', ['', undefined]],
    ['(a|b)*c', 'ababc', ['ababc', 'b']],
    ['\\u00e9\\x41', 'éA', ['éA']],
    ['.', '😀', ['😀']],
    ['(?#nothing)a', 'a', ['a']],
  ])('%s in %s', (pattern, text, expected) => expect(find(pattern, text)).toEqual(expected))

  test('with flags', () => {
    expect(find('ABC', 'xabc', { ignoreCase: true })).toEqual(['abc'])
    expect(find('[A-C]+', 'xabc', { ignoreCase: true })).toEqual(['abc'])
    expect(find('^b$', 'a\nb\nc', { multiLine: true })).toEqual(['b'])
    expect(find('a.c', 'a\nc', { dotAll: true })).toEqual(['a\nc'])
  })

  test('or matches the whole text', () => {
    const whole = (pattern: string, text: string) => new Regex(pattern).matchesWhole([...text], () => undefined)
    expect(whole('[a-z]+', 'abc')).toBe(true)
    expect(whole('[a-z]+', 'abc1')).toBe(false)
    expect(whole('a|ab', 'ab')).toBe(true)
  })
})

test.each([
  '(',
  ')',
  'a**',
  '*a',
  '[a',
  '[z-a]',
  '(?P<n',
  '(?P=x)',
  '\\1',
  'a{3,2}',
  '\\',
  '\\xzz',
  '(?<=a*)b',
  '(?z)',
  '\\y',
])('the pattern %s is refused', (pattern) => expect(() => new Regex(pattern)).toThrow(PatternError))

test.each(['(a+)+$', '(a|a)*$', '(a|aa)+$', '(.*a){20}$', '((a*)*)*$'])(
  'the pattern %s, which tries for ever, is stopped by whoever counts its steps',
  (pattern) => {
    let steps = 0
    const count = () => {
      if (++steps > 10_000) throw new PatternError('too long')
    }
    expect(() => new Regex(pattern).find([...'a'.repeat(60), 'b'], count)).toThrow(PatternError)
  },
)

test('plain text and repeated characters of any length take no stack', () => {
  const long = 'a'.repeat(9_000)
  expect(find(long, `b${long}`)).toEqual([long])
  expect(find('b.*c', `b${long.repeat(20)}c`)?.[0]).toHaveLength(180_002)
})
