// The server of the website: shows the pages in its theme, signs each answer with the site's secret, and lets requests
// that are under way finish before it ends.
import { createHash, createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { basename, join } from 'node:path'

const { CONFIG = 'config.json', PORT = '8000', THEME = 'day', RELEASE = '1' } = process.env
const { pages, secret } = JSON.parse(await readFile(CONFIG, 'utf8'))

const STYLES = {
  day: 'body { background: #fffdf5; color: #222 }',
  night: 'body { background: #14171f; color: #e8e3d3 }',
}
/** From the request to end until the door is closed: whoever has just asked for the way still comes in. */
const LINGER_MILLISECONDS = 250

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost')
  try {
    if (pathname === '/health') return await sendHealth(response)
    const name = pathname === '/' ? 'index.html' : basename(pathname)
    const page = await readFile(join(pages, name), 'utf8')
    send(
      response,
      200,
      'text/html; charset=utf-8',
      page.replace('</head>', `  <style>${STYLES[THEME]}</style>\n  </head>`),
    )
  } catch {
    send(response, 404, 'text/plain; charset=utf-8', 'There is no such page.\n')
  }
})

async function sendHealth(response) {
  const home = createHash('sha256')
    .update(await readFile(join(pages, 'index.html')))
    .digest('hex')
  send(
    response,
    200,
    'application/json',
    JSON.stringify({ status: 'ok', theme: THEME, release: Number(RELEASE), home }),
  )
}

function send(response, status, type, body) {
  const signature = createHmac('sha256', secret).update(body).digest('hex')
  response.writeHead(status, { 'content-type': type, 'x-signature': signature, 'x-release': RELEASE })
  response.end(body)
}

process.once('SIGTERM', () => {
  console.log('asked to end')
  setTimeout(() => {
    server.close(() => process.exit(0))
    server.closeIdleConnections()
  }, LINGER_MILLISECONDS)
})

server.listen(Number(PORT), '127.0.0.1', () => console.log(`release ${RELEASE} in ${THEME} on port ${PORT}`))
