// A stack as a program: a page for each language, an index of all of them, and a note for whoever runs a large one.
// isotherm up -s greetings examples/greetings/stack.ts -P loud=true
import { defineStack, fn } from 'isotherm'
import { Note } from './note.js'

const greetings = { en: 'Hello', de: 'Guten Tag', fr: 'Bonjour' }

export default defineStack({ description: 'A greeting in every language' }, (stack) => {
  const name = stack.parameter('name', { type: 'string', default: 'world' })
  const folder = stack.parameter('folder', { type: 'string', default: 'greetings-root' })
  const loud = stack.parameter('loud', { type: 'boolean', default: false })

  const site = stack.resource('site', 'Isotherm::Local::Directory', { path: folder })

  const pages = Object.entries(greetings).map(([language, greeting]) =>
    stack.resource(`page_${language}`, 'Isotherm::Local::File', {
      path: `${site.attributes.path}/${language}.txt`,
      content: `${greeting}, ${name}${fn.if(loud, '!', '.')}\n`,
    }),
  )

  const index = stack.resource('index', 'Isotherm::Local::File', {
    path: `${site.attributes.path}/index.json`,
    content: fn.json(pages.map((page) => ({ file: page.attributes.path, sha256: page.attributes.sha256 }))),
  })

  const isLoud = stack.condition('is_loud', loud)
  const note = stack.resource(
    'note',
    Note,
    { text: `see ${index.attributes.path}`, priority: 'high' },
    { condition: isLoud },
  )

  stack.output('index', index.attributes.path, { description: 'Where the pages are listed' })
  stack.output('note', fn.if(isLoud, note.attributes.line, ''))
})
