// Goal: `mpwatch alert test` goes the way that alerts go, and says what the receiver answered.
// Method: the command, once as a program, a configuration in a folder of its own, and a real receiver on loopback.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, expect, test, vi } from 'vitest'
import { alertCommand } from '../../src/commands/alert.ts'
import { UsageError } from '../../src/model/errors.ts'
import { complaints } from '../support/schemas.ts'
import { status, WebReceiver } from '../support/web-receiver.ts'

const CLI_MS_MAX = 120_000
vi.setConfig({ testTimeout: CLI_MS_MAX })

const KEY = 'planted-secret-key'
process.env['HOOK_KEY'] = KEY
const folder = mkdtempSync(join(tmpdir(), 'mpwatch-alert-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const receiver = await WebReceiver.begin()
/** It keeps its side of a connection open for ever. */
const holding = createServer({ allowHalfOpen: true }, socket =>
  socket.on('error', () => {}).resume(),
)
holding.listen(0, '127.0.0.1')
await once(holding, 'listening')
afterAll(() => {
  holding.close()
})
const { port } = holding.address() as AddressInfo
const config = join(folder, 'mpwatch.yaml')
writeFileSync(
  config,
  `api_version: mpwatch/v1
site: ${join(process.cwd(), 'fixtures/demo/site.yaml')}
alerts:
  routes:
    - {name: chat, kind: webhook, url: "${receiver.url}/hook", secret_env: HOOK_KEY, allow_private: true}
    - {name: events, kind: eve, file: eve.json}
    - {name: log, kind: syslog, host: 127.0.0.1, transport: tcp, port: ${port}}
`,
)

/** What the command prints, and how it ends. */
async function tried(route: string) {
  let [out, code] = ['', -1]
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text, ...rest) => {
    out += text
    for (const done of rest) if (typeof done === 'function') done()
    return true
  })
  const program = new Command('mpwatch').exitOverride()
  alertCommand(program, left => {
    code = left
  })
  try {
    await program.parseAsync(words(route), { from: 'user' })
    return { code, out, error: null }
  } catch (error) {
    return { code, out, error }
  } finally {
    write.mockRestore()
  }
}

const words = (route: string): string[] => [
  ...['alert', 'test', '--route', route],
  ...['--config', config, '--author', 'ann'],
]

test('a webhook gets a signed test, and its answer is told', async () => {
  receiver.answer = status(202, 'queued as 17')
  expect(await tried('chat')).toEqual({
    ...{ code: 0, error: null },
    out: `chat, ${receiver.url}: answered 202: queued as 17.\n`,
  })
  const [posted] = receiver.posted
  const body = JSON.parse(posted?.body ?? '')
  expect(complaints('notice', body)).toEqual([])
  expect(body).toMatchObject({ kind: 'test', author: 'ann', route: 'chat', seq: 0 })
  expect(body.site).not.toBe('')
  expect(posted?.headers['x-mpwatch-signature']).toMatch(/^t=\d+,v1=[0-9a-f]{64}$/)
})

/** What the program says, and how it ends. */
async function ran(route: string) {
  const argv = ['--import', 'tsx', 'src/main.ts', ...words(route)]
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', piece => {
      said += piece
    })
  const [code] = await once(child, 'close')
  return [code, said]
}

test('as a program: it ends though the receiver keeps the connection', async () => {
  const [code, said] = await ran('log')
  expect(said).toContain('written, and the receiver kept the connection')
  expect(code).toBe(0)
})

test('as a program: a receiver that refuses it makes exit code 3, and the key is not told', async () => {
  receiver.answer = status(403, `no: ${KEY}`)
  expect(await ran('chat')).toEqual([
    3,
    `chat, ${receiver.url}: not delivered: ${receiver.url} answers 403: no: (secret).\n`,
  ])
})

test('a file gets its line', async () => {
  const { code, out } = await tried('events')
  expect([code, out]).toEqual([0, `events, ${join(folder, 'eve.json')}: 1 line is on the disk.\n`])
  const line = JSON.parse(readFileSync(join(folder, 'eve.json'), 'utf8'))
  expect(complaints('eve', line)).toEqual([])
  expect(line).toMatchObject({ event_type: 'mpwatch', mp: { kind: 'test', author: 'ann' } })
})

test('a route that nobody has named is told with those that are', async () => {
  const { error } = await tried('siem')
  expect(error).toBeInstanceOf(UsageError)
  expect(error).toMatchObject({
    message: '--route: no route is called "siem"; routes are: chat, events, log',
  })
})
