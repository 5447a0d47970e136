// Goal: whatever a server or a network does to a request, both writers answer what truly came back, and never reject
// (faults.md F2, F3). Method: a server that says it byte for byte.

import { describe, expect, onTestFinished, test } from 'vitest'
import { openWriter } from '../../src/influx/open-writer.ts'
import type { InfluxWriter } from '../../src/influx/writer.ts'
import { freePort } from '../support/influxd.ts'
import { type Behaviour, beginStub, says } from './stub.ts'
import { configOf, NO_FIELD, pointsOf, writerFor } from './writers.ts'

const LONG = 'x'.repeat(5_000)
const json = ['Content-Type: application/json']
/** For what never comes; for the beginning of what never ends; for what comes, however busy the machine is. */
const [SILENCE_MS, SLOW_MS, PATIENT_MS] = [300, 1_000, 5_000]

interface Case {
  readonly behave: Behaviour
  readonly status: number
  readonly text?: string | RegExp
  readonly retryAfterMs?: number
  /** How long is waited for it. */
  readonly timeoutMs?: number
}

const cases: Readonly<Record<string, Case>> = {
  '204': { behave: says('204 No Content'), status: 204, text: '' },
  '204 whose connection ends at once': {
    behave: socket => socket.end('HTTP/1.1 204 No Content\r\n\r\n'),
    ...{ status: 204, text: '' },
  },
  '400 with an error of version 1': {
    behave: says('400 Bad Request', '{"error":"partial write: dropped=1"}\n', json),
    ...{ status: 400, text: 'partial write: dropped=1' },
  },
  '400 with a message of version 2': {
    behave: says('400 Bad Request', '{"code":"invalid","message":"unable to parse"}', json),
    ...{ status: 400, text: 'unable to parse' },
  },
  '401': {
    behave: says('401 Unauthorized', '{"error":"authorization failed"}', json),
    ...{ status: 401, text: 'authorization failed' },
  },
  '404': {
    behave: says('404 Not Found', '{"error":"database not found: \\"mpwatch\\""}', json),
    ...{ status: 404, text: 'database not found: "mpwatch"' },
  },
  '413 in HTML': {
    behave: says('413 Request Entity Too Large', '<html>no</html>', ['Content-Type: text/html']),
    ...{ status: 413, text: '<html>no</html>' },
  },
  '429 with seconds to wait': {
    behave: says('429 Too Many Requests', '', ['Retry-After: 7']),
    ...{ status: 429, text: 'Too Many Requests', retryAfterMs: 7_000 },
  },
  '503 with a date to wait for': {
    behave: says('503 Service Unavailable', '', [
      'Date: Mon, 02 Mar 2026 12:00:00 GMT',
      'Retry-After: Mon, 02 Mar 2026 12:00:30 GMT',
    ]),
    ...{ status: 503, text: 'Service Unavailable', retryAfterMs: 30_000 },
  },
  '503 with a time to wait that is none': {
    behave: says('503 Service Unavailable', 'busy', ['Retry-After: soon']),
    ...{ status: 503, text: 'busy' },
  },
  '500 that a package takes for success': {
    behave: says('500 Internal', '{"error":"hinted handoff queue not empty"}', json),
    ...{ status: 500, text: 'hinted handoff queue not empty' },
  },
  '201 that a package takes for success': {
    behave: says('201 Created'),
    ...{ status: 201, text: 'Created' },
  },
  '200': { behave: says('200 OK', 'hello'), status: 200, text: 'hello' },
  'a redirection': {
    behave: says('302 Found', '', ['Location: http://127.0.0.1:1/']),
    ...{ status: 302, text: 'Found' },
  },
  'words that act on a terminal': {
    behave: says('400 Bad Request', '\u001b[31mred\u202e'),
    ...{ status: 400, text: '\\x1b[31mred\\u{202e}' },
  },
  'more words than are kept': {
    behave: says('400 Bad Request', LONG),
    ...{ status: 400, text: LONG.slice(0, 256) },
  },
  'words without an end': {
    behave: socket => {
      socket.write('HTTP/1.1 500 Internal\r\nTransfer-Encoding: chunked\r\n\r\n')
      const chunk = `1000\r\n${'y'.repeat(4_096)}\r\n`
      const more = (): void => void socket.write(chunk, error => error ?? setImmediate(more))
      more()
    },
    ...{ status: 500, text: 'y'.repeat(256) },
  },
  'a reset': {
    behave: socket => socket.resetAndDestroy(),
    ...{ status: 0, text: /ECONNRESET|socket hang up/ },
  },
  'an end without an answer': {
    behave: socket => socket.end(),
    ...{ status: 0, text: /socket hang up/ },
  },
  'half of a head': {
    behave: socket => socket.end('HTTP/1.1 204 No Con'),
    ...{ status: 0, text: /hang up|Parse Error/ },
  },
  'half of a body': {
    behave: socket => socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 99\r\n\r\nhalf'),
    ...{ status: 400, text: 'half' },
  },
  'what is no HTTP': {
    behave: socket => socket.end('220 FTP server ready\r\n'),
    ...{ status: 0, text: /Parse Error/ },
  },
  silence: { behave: () => {}, status: 0, text: 'No answer within 0.3 s.', timeoutMs: SILENCE_MS },
  'a head that never ends': {
    behave: socket => {
      socket.write('HTTP/1.1 204 No Content\r\nX: ')
      const timer = setInterval(() => socket.write('x'), 20)
      socket.on('close', () => clearInterval(timer))
    },
    ...{ status: 0, text: 'No answer within 0.3 s.', timeoutMs: SILENCE_MS },
  },
  'a body that never ends': {
    behave: socket => {
      socket.write('HTTP/1.1 503 Busy\r\nContent-Length: 99999\r\n\r\n')
      const timer = setInterval(() => socket.write('z'), 20)
      socket.on('close', () => clearInterval(timer))
    },
    ...{ status: 503, text: /^z+$/, timeoutMs: SLOW_MS },
  },
}

function openReading(
  url: string,
  config: (typeof versions)[number],
  read: () => Promise<string | null>,
): InfluxWriter {
  const username = config.version === 1 ? 'mp' : null
  const writer = openWriter(configOf({ ...config, url, username }), read)
  onTestFinished(() => writer.close())
  return writer
}

const versions = [
  { version: 1, org: null },
  { version: 2, org: 'acme' },
] as const

describe.each(versions)('version $version', config => {
  test.each(Object.entries(cases))('%s', async (_, given) => {
    const { behave, status, text = '', retryAfterMs = null, timeoutMs = PATIENT_MS } = given
    const { url } = await beginStub(behave)
    const writer = writerFor({ ...config, url }, { timeoutMs })
    const answer = await writer.write(pointsOf(3))
    expect(answer).toEqual({
      ...{ status, retryAfterMs },
      text: typeof text === 'string' ? text : expect.stringMatching(text),
    })
  })

  test('nobody there', async () => {
    const writer = writerFor({ ...config, url: `http://127.0.0.1:${await freePort()}` })
    for (let tries = 0; tries < 5; tries++)
      expect(await writer.write(pointsOf(1))).toEqual({
        ...{ status: 0, retryAfterMs: null, text: expect.stringContaining('ECONNREFUSED') },
      })
  })

  test('after any of them it goes on with the next request, each answer to its own', async () => {
    // A connection that ends behind its answer may take the next request with it, which is none of these.
    const { '204 whose connection ends at once': _, ...others } = cases
    const order = [...Object.values(others), { behave: says('204 No Content'), status: 204 }]
    let next = 0
    const { url } = await beginStub((socket, request) => order[next++]?.behave(socket, request))
    const writer = writerFor({ ...config, url }, { timeoutMs: SLOW_MS })
    const answers = await Promise.all(order.map(() => writer.write(pointsOf(1))))
    expect(answers.map(({ status }) => status)).toEqual(order.map(({ status }) => status))
  })

  test('one connection serves all requests, and each sends what it was given', async () => {
    const stub = await beginStub(says('204 No Content'))
    const writer = writerFor({ ...config, url: `${stub.url}/` })
    for (let request = 0; request < 5; request++) await writer.write(pointsOf(1, request))
    expect(stub.connections).toBe(1)
    const line = 'mp_flow,l4=tcp,row=I-01,sensor=dmz,site=hq,verdict=permitted flows=0i,bytes_ab=1i'
    const sent = stub.requests.map(request => request.split('\r\n\r\n')[1])
    expect(sent).toEqual([0, 1, 2, 3, 4].map(at => `${line} 177244650000000${at}000`))
    expect(stub.requests[0]?.split(' ')[1]).toBe(
      config.version === 1
        ? '/write?db=mpwatch&precision=n'
        : '/api/v2/write?org=acme&bucket=mpwatch&precision=ns',
    )
  })

  test('a point that cannot be written is refused without a request', async () => {
    const stub = await beginStub(says('204 No Content'))
    const writer = writerFor({ ...config, url: stub.url })
    expect((await writer.write([...pointsOf(2), NO_FIELD])).status).toBe(400)
    expect(stub.requests).toEqual([])
  })

  test('a secret is read when it is needed, kept, and read again after it was refused', async () => {
    const stub = await beginStub(says('204 No Content'))
    const secrets = ['one', 'two']
    let reads = 0
    const writer = openReading(stub.url, config, async () => secrets[reads++] ?? null)
    await writer.write(pointsOf(1))
    await writer.write(pointsOf(1))
    writer.forgetSecret()
    await writer.write(pointsOf(1))
    const basic = (secret: string) => `Basic ${Buffer.from(`mp:${secret}`).toString('base64')}`
    const shown = (secret: string) => (config.version === 1 ? basic(secret) : `Token ${secret}`)
    const told = stub.requests.map(request => /^authorization: (.*)/im.exec(request)?.[1])
    expect(told).toEqual([shown('one'), shown('one'), shown('two')])
  })

  test('a secret that cannot be read, or sent, keeps the request from being made', async () => {
    const stub = await beginStub(says('204 No Content'))
    const unread = openReading(stub.url, config, async () => {
      throw new Error('ENOENT: no such file')
    })
    expect(await unread.write(pointsOf(1))).toMatchObject({
      status: 0,
      text: expect.stringContaining('ENOENT'),
    })
    const token = openReading(stub.url, config, async () => 'line\nbreak')
    const answer = await token.write(pointsOf(1))
    // What version 1 is sent is in Base64, in which nothing breaks.
    expect(answer.status).toBe(config.version === 1 ? 204 : 0)
    expect(answer.text).not.toContain('break')
  })

  test('where it writes is told without a secret', () => {
    const url = 'https://user:pass@influx.example:8086/base/?token=x'
    expect(writerFor({ ...config, url }).where).toBe('https://influx.example:8086/base/mpwatch')
  })
})
