// Goal: every route is what the table says, and what is added to the table later is held to the same.
// Method: all routes are walked: by other methods, with nothing, with too much; and what the desk gives comes out at
// the other end of a real socket as it was.

import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { Unavailable } from '../../src/model/desk.ts'
import { UsageError } from '../../src/model/errors.ts'
import { ROLES, ROUTES, type Route } from '../../src/web/routes.ts'
import { SocketDesk } from '../../src/web/socket-desk.ts'
import { flowRow, MemoryDesk, NOW_MS, storedFinding } from '../support/memory-desk.ts'
import { answeringOn } from '../support/memory-socket.ts'

const folder = mkdtempSync(join(tmpdir(), 'mpwatch-routes-'))
const PATH = join(folder, 'control.sock')
const ID = 'f-7d1c2a90b3e4'
const ALL = { fromMs: 0, toMs: NOW_MS + 1, limit: 10 }
const asked = new SocketDesk(PATH)
let memory: MemoryDesk
answeringOn(PATH, () => memory)
beforeEach(() => {
  memory = new MemoryDesk()
})
afterAll(() => rmSync(folder, { recursive: true }))

interface Answer {
  readonly status: number
  readonly type: string
  readonly allow: string | undefined
}

function ask(method: string, path: string, body: string | null = null): Promise<Answer> {
  const headers = body === null ? {} : { 'Content-Type': 'application/json' }
  return new Promise((resolve, reject) => {
    request({ socketPath: PATH, method, path, headers, agent: false }, response => {
      const { statusCode: status = 0, headers: got } = response
      response
        .resume()
        .on('end', () => resolve({ status, type: got['content-type'] ?? '', allow: got.allow }))
    })
      .on('error', reject)
      .end(body ?? undefined)
  })
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']
const pathOf = ({ path }: Route): string => path.replace(':id', ID)

for (const route of ROUTES)
  describe(`${route.method} ${route.path}`, () => {
    for (const method of METHODS.filter(one => one !== route.method))
      test(`does not take ${method}`, async () => {
        const answer = await ask(method, pathOf(route), method === 'POST' ? '{}' : null)
        expect(answer).toMatchObject({ status: 405, allow: route.method })
      })

    test('takes no member that its schema has not', async () => {
      const { status, type } =
        route.method === 'GET'
          ? await ask('GET', `${pathOf(route)}?surplus=1`)
          : await ask('POST', pathOf(route), '{"surplus":1}')
      expect(status).toBe(400)
      expect(type).toMatch(/^application\/problem\+json/)
    })

    test('belongs to a role, and what changes anything is no viewer’s and no GET', () => {
      expect(ROLES).toContain(route.role)
      expect(route.role === 'viewer').toBe(route.method === 'GET')
      expect(route.path).toMatch(/^\/api\/v1\//)
    })
  })

test('no two routes are the same', () => {
  const names = ROUTES.map(({ method, path }) => `${method} ${path}`)
  expect(new Set(names).size).toBe(names.length)
})

describe('through the socket', () => {
  test('findings come out as they are, and are asked for by all members of a scope', async () => {
    const other = storedFinding(
      'f-000000000001',
      { state: 'closed' },
      { severity: 'low', row: 'I-12' },
    )
    memory.stored = [other, storedFinding(ID)]
    const page = { limit: 10, offset: 0 }
    expect(await asked.findings(page)).toEqual([storedFinding(ID), other])
    expect(await asked.findings({ ...page, rows: ['I-12', 'I-99'], state: 'closed' })).toEqual([
      other,
    ])
    expect(await asked.findings({ ...page, afterId: 'f-' })).toEqual([other, storedFinding(ID)])
    expect(await asked.findings({ ...page, afterId: 'f-000000000001' })).toEqual([
      storedFinding(ID),
    ])
    expect(await asked.findings({ ...page, nodes: ['web-dmz-1'], sinceMs: NOW_MS })).toEqual([])
    expect(await asked.countFindings({ severities: ['low'] })).toBe(1)
    expect(await asked.find([ID])).toEqual([storedFinding(ID)])
  })

  test('one finding alone has a path', async () => {
    memory.stored = [storedFinding(ID)]
    expect((await ask('GET', `/api/v1/findings/${ID}`)).status).toBe(200)
    expect((await ask('GET', `/api/v1/findings/${ID}?id=${ID}`)).status).toBe(400)
  })

  test('rows come out as they are, integers beyond 2^53 as well', async () => {
    memory.rows = [flowRow()]
    const point = {
      ...{ measurement: 'mp_sensor' as const, tags: { iface: 'eth0' }, fields: { pkts: 3 } },
      ...{ timeUs: NOW_MS * 1000, number: 7, timeNs: BigInt(NOW_MS) * 1_000_000n + 1n },
    }
    memory.series = [point]
    expect(await asked.flows(ALL)).toEqual([flowRow()])
    expect(await asked.points({ ...ALL, measurement: 'mp_sensor' })).toEqual([point])
  })

  test('what happened comes out as it is', async () => {
    const incident = { kind: 'clock_jump', atMs: NOW_MS, byMs: 3_600_000 } as const
    memory.entries = [incident]
    memory.gaps = [
      {
        ...{ id: 'b-1', sensor: 'core', interface: 'eth0', cause: 'link_down', fromMs: 5 },
        ...{ toMs: null, detail: 'eth0 has no carrier.' },
      },
    ]
    expect(await asked.timeline(ALL)).toEqual([incident])
    expect(await asked.blind({ fromMs: 0, toMs: 10 })).toEqual(memory.gaps)
    expect(await asked.coverage()).toBe(null)
    expect(await asked.status()).toEqual(await memory.status())
  })

  test('acts reach the desk whole', async () => {
    memory.stored = [storedFinding(ID)]
    await asked.acknowledge([ID], { author: 'ann', comment: 'known' })
    expect(memory.stored[0]?.acknowledgement).toMatchObject({ author: 'ann', comment: 'known' })
    await asked.unacknowledge([ID], { author: 'ann', comment: '' })
    expect(memory.stored[0]?.acknowledgement).toBe(null)
    const quiet = {
      ...{ scope: { rows: ['I-31'] }, reason: 'a reason that is long', author: 'ann' },
      ...{ fromMs: null, untilMs: NOW_MS + 1000 },
    }
    expect(await asked.suppress(quiet)).toEqual({ ...quiet, id: 's-0', fromMs: NOW_MS })
    expect(await asked.maintain({ ...quiet, scope: {} })).toMatchObject({ id: 'm-0', scope: {} })
    expect(await asked.quieted()).toEqual(await memory.quieted())
    await asked.end('s-0', 'ann')
    expect((await asked.quieted()).suppressions).toEqual([])
    expect(await asked.reload()).toMatchObject({ isLoaded: true })
  })

  test('a refusal of the desk is the same error at the other end', async () => {
    await expect(asked.acknowledge([ID], { author: 'ann', comment: '' })).rejects.toThrow(
      new UsageError(`No finding is called ${ID}.`),
    )
    memory.fault = new Unavailable('The disk is full; free some space.')
    await expect(asked.reload()).rejects.toThrow(memory.fault)
  })

  test('what is wrong with an input is told with its place', async () => {
    const quiet = { scope: { severities: ['worst'] }, reason: '', author: 'ann', untilMs: 0.5 }
    await expect(asked.suppress({ ...quiet, fromMs: null })).rejects.toThrow(
      /scope\.severities\.0: .*critical.*reason: .*untilMs: /s,
    )
  })
})
