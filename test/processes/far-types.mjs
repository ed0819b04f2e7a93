// Resource types for engine processes under test: their things live in the test's own process (far-side.ts), which counts
// what is asked of it. Loaded with `--types`.
const url = process.env.FAR_SIDE ?? ''

async function ask(call, method, body) {
  const response = await fetch(`${url}/things/${call.token}`, {
    method,
    signal: call.signal,
    headers: { 'x-pid': String(process.pid), 'x-name': call.name },
    ...(body && { body: JSON.stringify(body) }),
  })
  if (response.status === 404) return null
  if (!response.ok) throw new Error(`the far side answered ${response.status}`)
  return response.json()
}

const made = ({ v }, token) => ({ physicalId: token, attributes: { v: v ?? null } })

export const FarThing = {
  name: 'Far::Thing',
  properties: { v: { type: 'any', onChange: 'update' } },
  attributes: { v: {} },
  timeoutSeconds: 60,
  create: async (call, wanted) => {
    await ask(call, 'PUT', wanted)
    call.log.info({ token: call.token }, 'the thing is there')
    return made(wanted, call.token)
  },
  find: async (call, wanted) => ((await ask(call, 'GET')) ? made(wanted, call.token) : null),
  update: async (call, _thing, wanted) => {
    await ask(call, 'PUT', wanted)
    return made(wanted, call.token)
  },
  delete: async (call) => {
    await ask(call, 'DELETE')
  },
}
