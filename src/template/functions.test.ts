// The functions of the language in a table: what a template says, in which version, and what becomes of it.
import { describe, expect, test } from 'vitest'
import type { Json } from '../lib/json.js'
import { evaluate, type Inputs } from './evaluate.js'
import { parseTemplate } from './parse.js'
import { resolveTemplate } from './resolve.js'

const pseudo = { stackId: 'id-1', stackName: 'web', projectId: 'p-1' }
const NEWEST = '2021-04-16'

function resolve(value: Json, version: string) {
  const object = {
    heat_template_version: version,
    parameters: {
      text: { type: 'string', default: 'hello' },
      map: { type: 'json', default: { a: [1, { b: 'deep' }], $: ['get_resource', 'other'] } },
      nulls: { type: 'json', default: { a: null } },
      truths: { type: 'json', default: { true: 1 } },
      list: { type: 'comma_delimited_list', default: 'x,y' },
      yes: { type: 'boolean', default: true },
    },
    ...(version >= '2016-10-14'
      ? { conditions: { never: false, always: { equals: [{ get_param: 'text' }, 'hello'] } } }
      : {}),
    resources: {
      other: { type: 'T' },
      it: { type: 'T', properties: { value } },
    },
  }
  const files = { 'a.sh': '#!/bin/sh\n' }
  const { template, problems } = resolveTemplate(parseTemplate({ object }), { pseudo, files })
  return {
    value: template?.resources.get('it')?.properties.value,
    problems: problems.map(({ message }) => message),
    warnings: template?.warnings?.map(({ message }) => message),
  }
}

const inputs: Inputs = {
  reference: (name) => `id-of-${name}`,
  attribute: (name, attribute, path) =>
    attribute === 'none' ? null : { name, attribute: attribute ?? 'all', path: [...path] },
}

function result(value: Json, version = NEWEST): Json | undefined {
  const resolved = resolve(value, version)
  expect(resolved.problems).toEqual([])
  return resolved.value === undefined ? undefined : evaluate(resolved.value, inputs)
}

const attribute = (name: string) => ({ get_attr: ['other', name] })

describe('values', () => {
  const cases: [string, Json, Json, string?][] = [
    ['get_param', { get_param: 'text' }, 'hello'],
    ['get_param with a path', { get_param: ['map', 'a', 1, 'b'] }, 'deep'],
    ['get_param with an index in text', { get_param: ['map', 'a', '0'] }, 1],
    ['get_param of a part that is null', { get_param: ['nulls', 'a'] }, null],
    ['get_param with a path through null', { get_param: ['nulls', 'a', 'b'] }, ''],
    ['get_param of a character', { get_param: ['text', 1] }, 'e'],
    ['get_param of the last item', { get_param: ['list', -1] }, 'y'],
    ['get_param with a step that an if leaves out', { get_param: ['list', { if: ['never', 0] }] }, ['x', 'y']],
    ['get_param with a path that leads nowhere', { get_param: ['map', 'x', 'y'] }, ''],
    ['get_param with a truth for a position', { get_param: ['list', true] }, 'y'],
    ['get_param with a truth for a name', { get_param: ['truths', true] }, ''],
    ['get_attr with a truth', { get_attr: ['other', 'ip', false] }, { name: 'other', attribute: 'ip', path: [false] }],
    ['get_param of inherited names', { get_param: ['map', 'constructor'] }, ''],
    [
      'get_param of a parameter that looks like a call',
      { get_param: 'map' },
      { a: [1, { b: 'deep' }], $: ['get_resource', 'other'] },
    ],
    ['get_param with a path from an attribute', { get_param: ['map', { get_resource: 'other' }] }, ''],
    [
      'pseudo parameters',
      [{ get_param: 'OS::stack_name' }, { get_param: 'OS::stack_id' }, { get_param: 'OS::project_id' }],
      ['web', 'id-1', 'p-1'],
    ],
    ['get_resource', { get_resource: 'other' }, 'id-of-other'],
    ['get_attr', { get_attr: ['other', 'ip', 'v4', 0] }, { name: 'other', attribute: 'ip', path: ['v4', 0] }],
    ['get_attr of all', { get_attr: ['other'] }, { name: 'other', attribute: 'all', path: [] }, '2015-10-15'],
    ['get_file', { get_file: 'a.sh' }, '#!/bin/sh\n'],
    ['data that looks like a call', { $: ['get_resource', 'other'] }, { $: ['get_resource', 'other'] }],
    [
      'such data beside a call',
      [{ $: ['get_attr', 'x'] }, { get_resource: 'other' }],
      [{ $: ['get_attr', 'x'] }, 'id-of-other'],
    ],
    ['a function with a neighbour is data', { get_param: 'text', x: 1 }, { get_param: 'text', x: 1 }],

    ['list_join', { list_join: [', ', ['a', null, 'b']] }, 'a, , b', '2013-05-23'],
    ['list_join of several lists', { list_join: ['-', ['a'], null, ['b', 'c']] }, 'a-b-c'],
    ['list_join writes JSON', { list_join: ['', [{ b: 1, a: ['é', true] }, 2]] }, '{"a": ["\\u00e9", true], "b": 1}2'],
    ['list_join of what is known later', { list_join: ['/', [{ get_resource: 'other' }, 'x']] }, 'id-of-other/x'],

    ['str_replace', { str_replace: { template: 'a $x $xy', params: { $x: '1', $xy: '$x' } } }, 'a 1 $x'],
    ['str_replace, nothing', { str_replace: { template: '[$x]', params: { $x: null } } }, '[]'],
    ['str_replace, booleans as in Python', { str_replace: { template: '$x', params: { $x: true } } }, 'True'],
    ['str_replace, maps', { str_replace: { template: '$x', params: { $x: { b: 1, a: 2 } } } }, '{"a": 2, "b": 1}'],
    [
      'str_replace, special characters',
      { str_replace: { template: 'a.b|c', params: { '.': '$&', '|': '\\' } } },
      'a$&b\\c',
    ],
    [
      'str_replace, later',
      { str_replace: { template: '$x', params: { $x: { get_resource: 'other' } } } },
      'id-of-other',
    ],
    ['str_replace of a later nothing', { str_replace: { template: '<$x>', params: { $x: attribute('none') } } }, '<>'],
    ['str_replace_strict', { str_replace_strict: { template: '$x', params: { $x: '' } } }, ''],

    [
      'repeat',
      { repeat: { template: '%v%:%w%', for_each: { '%v%': ['a', 'b'], '%w%': ['1', '2'] } } },
      ['a:1', 'a:2', 'b:1', 'b:2'],
    ],
    [
      'repeat in keys',
      { repeat: { template: { 'k%v%': ['%v%'] }, for_each: { '%v%': ['a'] } } },
      [{ ka: ['a'] }],
      '2015-04-30',
    ],
    [
      'repeat keeps the kind of a whole value',
      { repeat: { template: { n: '%v%' }, for_each: { '%v%': [1, { a: 2 }] } } },
      [{ n: 1 }, { n: { a: 2 } }],
    ],
    ['truths are numbers where things are compared, as in Python', { contains: [1, [true]] }, true],
    ['such a truth is filtered out', { filter: [[0], [false, '', 0, 'a']] }, ['', 'a']],
    [
      'such a truth stands once',
      {
        list_concat_unique: [
          [1, true, '1'],
          [[true], [1]],
        ],
      },
      [1, '1', [true]],
    ],
    ['such a truth is equal', { if: [{ equals: [true, 1] }, 'y', 'n'] }, 'y'],
    [
      'such a truth is equal in queries',
      { yaql: { expression: '$.data.where($ = 1)', data: [1, true, '1', 0] } },
      [1, true],
    ],
    ['repeat over a map', { repeat: { template: '%v%', for_each: { '%v%': { a: 1, b: 2 } } } }, ['a', 'b']],
    ['repeat over nothing', { repeat: { template: '%v%', for_each: { '%v%': attribute('none') } } }, []],
    [
      'repeat side by side',
      { repeat: { template: '%v%%w%', for_each: { '%v%': ['a', 'b'], '%w%': ['1', '2'] }, permutations: false } },
      ['a1', 'b2'],
    ],

    [
      'repeat side by side with nothing',
      { repeat: { template: '%v%%w%', for_each: { '%v%': ['a', 'b'], '%w%': null }, permutations: false } },
      [],
    ],

    [
      'digest with a short name',
      { digest: ['sha512_224', 'abc'] },
      '4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa',
    ],
    ['digest of OpenSSL', { digest: ['ripemd160', 'abc'] }, '8eb208f7e05d987a9b044a8e98c6b087f15a0bfc'],
    ['digest of Latin-1', { digest: ['md5', 'é'] }, '3406877694691ddd1dfb0aca54681407'],
    [
      'digest sha256',
      { digest: ['sha256', 'abc'] },
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    ],
    ['str_split', { str_split: [',', 'a,b,,c'] }, ['a', 'b', '', 'c']],
    ['str_split, index', { str_split: [',', 'a,b', '1'] }, 'b'],
    ['str_split, index from the end', { str_split: [',', 'a,b,c', -1] }, 'c'],
    ['str_split at any white space', { str_split: [null, '  a b\n\tc '] }, ['a', 'b', 'c']],
    ['str_split, nothing', { str_split: [',', null] }, null],
    ['map_merge', { map_merge: [{ a: 1, b: 1 }, null, { b: 2 }] }, { a: 1, b: 2 }],
    [
      'map_replace',
      {
        map_replace: [
          { a: 'x', b: [1] },
          { keys: { a: 'A' }, values: { x: 'X' } },
        ],
      },
      { A: 'X', b: [1] },
    ],
    ['list_concat', { list_concat: [['a'], null, ['a', 'b']] }, ['a', 'a', 'b']],
    [
      'list_concat_unique',
      {
        list_concat_unique: [
          ['a', { x: 1 }],
          ['a', { x: 1 }],
        ],
      },
      ['a', { x: 1 }],
    ],
    [
      'filter',
      {
        filter: [
          ['a', null],
          ['a', 'b', null],
        ],
      },
      ['b'],
    ],
    ['filter of nothing', { filter: [['a'], null] }, null],
    ['filter by nothing', { filter: [null, ['a']] }, ['a']],
    ['map_replace by null', { map_replace: [{ a: 'x', b: 'y' }, { values: { x: null } }] }, { a: null, b: 'y' }],
    ['yaql without data', { yaql: { expression: '1 + 1' } }, 2],
    ['yaql of data that an if leaves out', { yaql: { expression: '$.data', data: { if: ['never', 1] } } }, null],
    ['contains', { contains: ['a', ['a', 'b']] }, true],
    [
      'make_url',
      {
        make_url: {
          scheme: 'https',
          username: 'a b',
          password: 'p:',
          host: '::1',
          port: 80,
          path: 'x y/é',
          query: { q: 'a&b c' },
          fragment: 'f',
        },
      },
      'https://a%20b:p%3A@[::1]:80/x%20y/%C3%A9?q=a%26b+c#f',
    ],
    ['make_url of a file', { make_url: { scheme: 'file', path: '/etc/a b' } }, 'file:///etc/a%20b'],
    ['make_url of mail', { make_url: { scheme: 'mailto', path: 'a@b' } }, 'mailto:a%40b'],
    ['make_url of a scheme in capitals', { make_url: { scheme: 'FILE', path: '/etc' } }, 'FILE:/etc'],
    ['make_url keeps the digits of a port', { make_url: { host: 'h', port: '080' } }, '//h:080'],
    ['make_url without a host', { make_url: { scheme: 'http', port: 80 } }, 'http://:80'],
    [
      'make_url keeps slashes only',
      { make_url: { host: 'h', path: "~!$'()*:@;,=+&/", query: { "/'": '/?' }, fragment: '/?!' } },
      '//h/~%21%24%27%28%29%2A%3A%40%3B%2C%3D%2B%26/?/%27=/%3F#/%3F%21',
    ],
    ['make_url of a scope', { make_url: { scheme: 'http', host: 'fe80::1%eth0' } }, 'http://[fe80::1%25eth0]'],
    [
      'make_url writes anything into a query',
      { make_url: { host: 'h', query: { a: ['x', 1], b: true, c: null } } },
      '//h?a=%5B%27x%27%2C+1%5D&b=True&c=None',
    ],
    ['if', { if: ['always', 'a', { get_resource: 'no such resource' }] }, 'a'],
    ['if with an inline condition', { if: [{ not: 'always' }, 'a', 'b'] }, 'b'],
    ['if of a parameter', { if: [{ get_param: 'yes' }, 'a', 'b'] }, 'a'],
    ['and, or', { if: [{ and: ['always', { or: ['never', 'always'] }] }, 1, 2] }, 1],
    ['if without a third argument leaves the item out', ['a', { if: ['never', 'b'] }], ['a']],
    [
      'if without a third argument leaves the field out',
      { x: { if: ['never', 1] }, y: { get_resource: 'other' } },
      { y: 'id-of-other' },
    ],
  ]
  test.each(cases)('%s', (_, value, expected, version) => expect(result(value, version)).toEqual(expected))
})

describe('mistakes', () => {
  const cases: [string, Json, string, string?][] = [
    ['unknown parameter', { get_param: 'txt' }, 'no parameter named txt'],
    ['unknown resource', { get_resource: 'othr' }, 'no resource named othr'],
    ['unknown file', { get_file: 'b.sh' }, 'no file named b.sh was given with the template'],
    ['misspelt', { get_parm: 'text' }, 'unknown function get_parm'],
    ['other spelling', { 'str-replace': { template: '', params: {} } }, 'unknown function str-replace'],
    ['too new', { map_merge: [] }, 'version 2015-04-30 of the language has no function map_merge', '2015-04-30'],
    ['foreign', { 'Fn::GetAtt': ['a', 'b'] }, 'Fn::GetAtt is a function of CloudFormation templates'],
    [
      'get_attr of all, too early',
      { get_attr: ['other'] },
      "version 2015-04-30 of the language needs the attribute's name too: [other, attribute]",
      '2015-04-30',
    ],
    ['get_attr, no list', { get_attr: 'other' }, 'expected a list: [resource, attribute, key, …]'],
    [
      'list_join, one list only',
      { list_join: ['', ['a'], ['b']] },
      'this version of the language joins one list only',
      '2014-10-16',
    ],
    ['list_join, texts only', { list_join: ['', [1]] }, 'items to join must be texts, not a number', '2014-10-16'],
    ['list_join, no list', { list_join: [',', 'a'] }, 'expected a list behind the delimiter, not a text'],
    [
      'list_join, although a part is not known yet',
      { list_join: [{ get_resource: 'other' }, 'a'] },
      'expected a list behind the delimiter, not a text',
    ],
    [
      'str_replace, keys',
      { str_replace: { template: 'a', param: {} } },
      'expected a map with the keys template and params, not param',
    ],
    [
      'str_replace, lists, early',
      { str_replace: { template: 'a', params: { a: [] } } },
      'params must be texts or numbers; a is a list',
      '2015-04-30',
    ],
    [
      'str_replace_strict',
      { str_replace_strict: { template: 'a', params: { a: 1, b: 2 } } },
      'the template does not contain b',
    ],
    [
      'str_replace_vstrict',
      { str_replace_vstrict: { template: 'a', params: { a: '' } } },
      'the value of a in params is empty',
    ],
    [
      'str_replace_vstrict, empty lists',
      { str_replace_vstrict: { template: 'a', params: { a: [] } } },
      'the value of a in params is empty',
    ],
    [
      'repeat, lengths',
      { repeat: { template: '', for_each: { a: ['1'], b: [] }, permutations: false } },
      'without permutations the lists must be equally long',
    ],
    [
      'repeat, maps, early',
      { repeat: { template: '', for_each: { a: {} } } },
      'the values for a must be a list, not a map',
      '2016-04-08',
    ],
    ['digest', { digest: ['sha2566', 'a'] }, 'unknown algorithm sha2566; did you mean sha256?'],
    ['digest, characters', { digest: ['md5', '€'] }, 'the text contains characters outside Latin-1'],
    ['str_split, index', { str_split: [',', 'a,b', 2] }, 'the index must be between 0 and 1, not 2'],
    [
      'map_replace, collision',
      { map_replace: [{ a: 1, b: 2 }, { keys: { a: 'b' } }] },
      'the new key b for a is taken already',
    ],
    ['make_url, port', { make_url: { host: 'a', port: 70000 } }, 'the port must be a number from 1 to 65535'],
    ['make_url, scheme', { make_url: { scheme: 'a:' } }, 'the scheme must not contain a colon'],
    ['if, unknown condition', { if: ['alway', 1, 2] }, 'no condition named alway'],
    [
      'if, two arguments, early',
      { if: ['always', 1] },
      'expected a list: [condition, value if true, value if false]',
      '2018-08-31',
    ],
    ['if, not a truth', { if: [{ get_param: 'text' }, 1, 2] }, 'a condition must be true or false, not a text'],
    [
      'if, no condition function',
      { if: [{ get_attr: ['other', 'x'] }, 1, 2] },
      'get_attr cannot be used in a condition',
    ],
  ]
  test.each(cases)('%s', (_, value, message, version) => {
    expect(resolve(value, version ?? NEWEST).problems).toEqual([message])
  })
})

test('so it is with keys of str_replace', () => {
  const { value, warnings } = resolve({ str_replace: { template: 'a', params: { a: 'b' }, x: 1 } }, '2013-05-23')
  expect([value, warnings]).toEqual(['b', ['str_replace has no key x: it means nothing here']])
})

describe('keys of repeat that mean nothing are told, and ignored as in Heat', () => {
  const forEach = { '%v%': ['a'], '%w%': ['1'] }
  test.each([
    ['bogus', { bogus: 1 }, NEWEST],
    ['permutations', { permutations: 'no' }, '2016-10-14'],
  ])('%s', (key, more, version) => {
    const { value, problems, warnings } = resolve(
      { repeat: { template: '%v%%w%', for_each: forEach, ...more } },
      version,
    )
    expect({ value, problems }).toEqual({ value: ['a1'], problems: [] })
    expect(warnings).toEqual([`repeat has no key ${key}: it means nothing here`])
  })
})

test('a name that merely resembles a function is data', () => {
  const similar = [{ filters: [] }, { repeats: 3 }, { get_data: 'x' }, { contain: ['a', 'b'] }, { list_json: true }]
  for (const data of similar) expect(result(data)).toEqual(data)
})

test('a template of a few lines cannot produce endless text', () => {
  let value: Json = 'x'.repeat(100)
  for (let level = 0; level < 30; level++) value = { str_replace: { template: 'aaaaaaaaaa', params: { a: value } } }
  expect(resolve(value, NEWEST).problems).toEqual([
    'the functions of the template produce more than 67108864 characters',
  ])
  const lists = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`%${index}%`, Array(10).fill('x')]))
  expect(resolve({ repeat: { template: 'x', for_each: lists } }, NEWEST).problems).toHaveLength(1)
})

test('str_replace takes many keys, and refuses more than its pattern can hold', () => {
  const params = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`$key${index}$`, 'v']))
  expect(result({ str_replace: { template: '$key12$ $key9999$', params: params(10_000) } })).toBe('v v')
  expect(resolve({ str_replace: { template: 'x', params: params(30_000) } }, NEWEST).problems).toEqual([
    'the keys of params are longer than 200000 characters in all',
  ])
})
