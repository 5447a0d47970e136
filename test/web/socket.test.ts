// Goal: the control socket is its owner's alone, answers whatever is sent to it, and is gone when it is closed.
// Method: real sockets in a folder of our own, another user by setpriv, and clients that send what no client should.

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { UsageError } from '../../src/model/errors.ts'
import { apiOf } from '../../src/web/api.ts'
import type { Served } from '../../src/web/server.ts'
import { listenOnSocket } from '../../src/web/socket.ts'
import { NoMonitor, SocketDesk } from '../../src/web/socket-desk.ts'
import { MemoryDesk, storedFinding } from '../support/memory-desk.ts'

const LONG_MS = 30_000
const NOBODY = '65534'
const folder = mkdtempSync(join(tmpdir(), 'mpwatch-socket-'))
afterAll(() => rmSync(folder, { recursive: true }))
const PATH = join(folder, 'control.sock')

let desk: MemoryDesk
let server: Served
let faults: unknown[]
beforeEach(async () => {
  desk = new MemoryDesk()
  faults = []
  server = await listenOnSocket(
    apiOf(desk, fault => faults.push(fault)),
    PATH,
  )
})
afterEach(() => server.close())

/** Sends the text as it is and gives everything that comes back, once the other side has ended. */
function sent(text: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    let got = ''
    const socket: Socket = connect(PATH, () => socket.write(text))
    socket.on('data', block => {
      got += block
    })
    // A server that turns away a body breaks the connection off; what it said before counts.
    socket.on('error', error => (got === '' ? reject(error) : resolve(got)))
    socket.on('close', () => resolve(got))
  })
}

const get = (path: string, method = 'GET') =>
  sent(`${method} ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)

const post = (path: string, body: string, type = 'application/json') =>
  sent(
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: ${type}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )

const statusOf = (answer: string): number => Number(answer.split(' ')[1])
const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4)

describe('the socket', () => {
  test('may be used by its owner alone', () => {
    expect(statSync(PATH).mode & 0o777).toBe(0o600)
  })

  test('leaves the mask for new files as it was', async () => {
    const before = process.umask(0o027)
    const other = await listenOnSocket(() => {}, join(folder, 'other.sock'))
    await other.close()
    expect(process.umask(before)).toBe(0o027)
  })

  test.skipIf(process.getuid?.() !== 0)('lets no other user in', () => {
    chmodSync(folder, 0o755)
    const script = `require('net').connect(${JSON.stringify(PATH)})
      .on('connect', () => console.log('in'))
      .on('error', error => console.log(error.code))
      .on('connect', function () { this.destroy() })`
    const ask = (...by: readonly string[]) => {
      const [command = '', ...args] = [...by, process.execPath, '-e', script]
      return spawnSync(command, args, { encoding: 'utf8' }).stdout.trim()
    }
    expect(ask()).toBe('in')
    expect(ask('setpriv', '--reuid', NOBODY, '--clear-groups')).toBe('EACCES')
  })

  test('is refused to a second monitor', async () => {
    await expect(listenOnSocket(() => {}, PATH)).rejects.toThrow(
      new UsageError([
        {
          where: PATH,
          message: 'a monitor listens there already. Stop it, or choose another path.',
        },
      ]),
    )
    expect((await new SocketDesk(PATH).status()).isWatching).toBe(true)
  })

  test('is gone when it is closed', async () => {
    await server.close()
    expect(existsSync(PATH)).toBe(false)
    await expect(new SocketDesk(PATH).status()).rejects.toThrow(new NoMonitor(PATH, 'ENOENT'))
  })

  test('of a killed process is taken over', async () => {
    await server.close()
    const script = `require('net').createServer().listen(${JSON.stringify(PATH)}, () => process.kill(process.pid, 'SIGKILL'))`
    spawnSync(process.execPath, ['-e', script])
    expect(existsSync(PATH)).toBe(true)
    await expect(new SocketDesk(PATH).status()).rejects.toThrow(new NoMonitor(PATH, 'ECONNREFUSED'))
    server = await listenOnSocket(
      apiOf(desk, () => {}),
      PATH,
    )
    expect((await new SocketDesk(PATH).status()).isWatching).toBe(true)
  })

  const refusals: readonly [what: string, path: () => string, says: string][] = [
    ['a path that is too long', () => join(folder, 'a'.repeat(108)), 'a socket may have 107'],
    ['a folder that is not there', () => join(folder, 'none', 'a.sock'), 'there is no such folder'],
    [
      'a file in its place',
      () => {
        writeFileSync(join(folder, 'file'), 'kept')
        return join(folder, 'file')
      },
      'is there and is no socket',
    ],
    [
      'a folder that others may write to',
      () => {
        mkdirSync(join(folder, 'open'))
        chmodSync(join(folder, 'open'), 0o777)
        return join(folder, 'open', 'a.sock')
      },
      'chmod go-w',
    ],
  ]
  for (const [what, path, says] of refusals)
    test(`is not made for ${what}`, async () => {
      await expect(listenOnSocket(() => {}, path())).rejects.toThrow(says)
    })
})

describe('what is sent', () => {
  const hostile: readonly [what: string, status: number, send: () => Promise<string>][] = [
    ['a body of 10 MB', 413, () => post('/api/v1/suppress', `{"reason":"${'a'.repeat(1e7)}"}`)],
    ['a body that is no JSON', 400, () => post('/api/v1/suppress', '{"a":')],
    [
      'a body nested deep',
      400,
      () => post('/api/v1/suppress', `${'['.repeat(3e4)}${']'.repeat(3e4)}`),
    ],
    ['a body of another type', 415, () => post('/api/v1/reload', '{}', 'text/plain')],
    ['a form', 415, () => post('/api/v1/end', 'id=s-1', 'application/x-www-form-urlencoded')],
    ['no object', 400, () => post('/api/v1/reload', '[]')],
    ['an unknown member', 400, () => post('/api/v1/reload', '{"policy":"mine"}')],
    ['a prototype', 400, () => post('/api/v1/reload', '{"__proto__":{"polluted":1}}')],
    ['a constructor', 400, () => post('/api/v1/reload', '{"constructor":{"prototype":{"a":1}}}')],
    ['a wrong type', 400, () => post('/api/v1/end', '{"id":["s-1"],"author":"ann"}')],
    [
      'a text too long',
      400,
      () => post('/api/v1/end', `{"id":"s-1","author":"${'a'.repeat(2001)}"}`),
    ],
    ['a path that is not there', 404, () => get('/api/v1/nothing')],
    ['a path of files', 404, () => get('/api/v1/../../../etc/passwd')],
    ['a malformed path', 400, () => get('/api/v1/findings/%ff')],
    ['an unknown finding', 404, () => get('/api/v1/findings/f-000000000000')],
    ['a parameter twice', 400, () => get('/api/v1/findings?limit=1&limit=2&offset=0')],
    ['a parameter of the prototype', 400, () => get('/api/v1/status?__proto__=1')],
    ['a limit too large', 400, () => get('/api/v1/flows?fromMs=0&toMs=1&limit=10001')],
    [
      'a member of a prototype as measurement',
      400,
      () => get('/api/v1/points?fromMs=0&toMs=1&limit=1&measurement=toString'),
    ],
  ]
  for (const [what, status, send] of hostile)
    test(`${what} is answered with ${status}, in JSON, and the next one is served`, async () => {
      const answer = await send()
      expect(statusOf(answer)).toBe(status)
      expect(answer).toContain('application/problem+json')
      const problem = JSON.parse(bodyOf(answer))
      expect(Object.keys(problem)).toEqual(['type', 'title', 'status', 'detail', 'right'])
      expect(problem.status).toBe(status)
      expect(problem.detail).not.toBe('')
      expect({}).not.toHaveProperty('polluted')
      expect(faults).toEqual([])
      expect(statusOf(await get('/api/v1/status'))).toBe(200)
    })

  test('a compressed body is not unpacked', async () => {
    const answer = await sent(
      'POST /api/v1/reload HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n' +
        'Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}',
    )
    expect(statusOf(answer)).toBe(415)
  })

  test('comes back in an error only as text that acts on nothing', async () => {
    const answer = await post('/api/v1/reload', '{"<script>\\u001b[2J\\u202e":1}')
    expect(answer).toContain('<script>\\\\x1b[2J\\\\u{202e}')
    expect(answer).toContain('X-Content-Type-Options: nosniff')
  })

  const noHttp: readonly [what: string, status: number, text: string][] = [
    ['garbage', 400, '\x16\x03\x01\x02\x00\x01\r\n\r\n'],
    ['headers without an end', 431, `GET / HTTP/1.1\r\nA: ${'a'.repeat(20_000)}`],
    ['garbage behind a request', 404, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n\x00\x01\r\n\r\n'],
    ['two lengths', 400, 'POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
  ]
  for (const [what, status, text] of noHttp)
    test(`${what} is answered with ${status}, and the next one is served`, async () => {
      expect(statusOf(await sent(text))).toBe(status)
      expect(statusOf(await get('/api/v1/status'))).toBe(200)
    })

  test('slowly is answered with 408 after ten seconds', { timeout: LONG_MS }, async () => {
    expect(statusOf(await sent('GET /api/v1/status HTTP/1.1\r\nHost: loc'))).toBe(408)
  })
})

describe('the server', () => {
  test('lives on when clients leave in the middle of a request, or of an answer', async () => {
    desk.stored = Array.from({ length: 1000 }, (_, number) =>
      storedFinding(`f-${String(number).padStart(12, '0')}`),
    )
    const half =
      'POST /api/v1/end HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"id'
    const whole = 'GET /api/v1/findings?limit=1000&offset=0 HTTP/1.1\r\nHost: a\r\n\r\n'
    for (const text of [half, whole])
      for (let client = 0; client < 20; client++)
        await new Promise<void>(resolve => {
          const socket = connect(PATH, () => socket.write(text, () => socket.destroy()))
          socket.on('error', () => {})
          socket.on('close', () => resolve())
        })
    expect(statusOf(await get('/api/v1/status'))).toBe(200)
    expect(faults).toEqual([])
  })

  test('takes 64 connections, turns away more, and counts them', async () => {
    const sockets: Socket[] = []
    try {
      for (let client = 0; client < 64; client++) sockets.push(await connected())
      const [late, ended] = ending(await connected())
      sockets.push(late)
      await ended
      expect(server.refused()).toBe(1)
    } finally {
      for (const socket of sockets) socket.destroy()
    }
  })

  test('closes within two seconds though a request is not finished', {
    timeout: LONG_MS,
  }, async () => {
    const [socket, ended] = ending(await connected())
    socket.write('GET /api/v1/status HTTP/1.1\r\nHost: ')
    const startMs = Date.now()
    await server.close()
    await ended
    expect(Date.now() - startMs).toBeLessThan(9000)
  })

  test('tells nobody what is wrong inside, and hands it on', async () => {
    desk.fault = new Error('secret in /etc/mpwatch at line 7')
    const answer = await get('/api/v1/status')
    expect(statusOf(answer)).toBe(500)
    expect(answer).not.toContain('secret')
    expect(faults).toEqual([desk.fault])
  })
})

const connected = (): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(PATH, () => resolve(socket))
    socket.on('error', reject)
  })

function ending(socket: Socket): readonly [Socket, Promise<void>] {
  socket.on('error', () => {})
  socket.resume()
  return [socket, new Promise(resolve => socket.on('close', () => resolve()))]
}
