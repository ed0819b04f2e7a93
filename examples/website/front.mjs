// The front of the website: the address that stays. Each request is passed on, once, to the server that routes.json
// names at that moment.
import { readFile } from 'node:fs/promises'
import { request as ask, createServer } from 'node:http'

const { ROUTES = 'routes.json', PORT = '8080' } = process.env

const server = createServer(async (request, response) => {
  const fail = (error) => {
    console.log(`${request.method} ${request.url}: ${error.message}`)
    if (response.headersSent) return response.destroy()
    response.writeHead(502, { 'content-type': 'text/plain; charset=utf-8' })
    response.end('The server does not answer.\n')
  }
  try {
    const { backend } = JSON.parse(await readFile(ROUTES, 'utf8'))
    const { method, headers } = request
    const onward = ask(new URL(request.url ?? '/', backend), { method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.once('error', fail).pipe(response)
    })
    request.pipe(onward.once('error', fail))
  } catch (error) {
    fail(error)
  }
})

process.once('SIGTERM', () => {
  server.close(() => process.exit(0))
  server.closeIdleConnections()
})

server.listen(Number(PORT), '127.0.0.1', () => console.log(`front on port ${PORT}`))
