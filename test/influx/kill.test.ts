// Goal: whatever moment ends our own process, nothing is lost, nothing is there twice, and no dead letter comes twice.
// Method: a child stores and exports, and is killed after delays from a fixed seed, again and again, over the same store;
// the server is ours and goes on. MPWATCH_KILLS says how often (6 unless told).

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { seeded } from '../../fixtures/scenario/random.ts'
import { lineOf } from '../../src/influx/line-protocol.ts'
import { entryPoints, storedPoint } from '../../src/influx/points.ts'
import type { DuckStore } from '../../src/store/store.ts'
import { folder, open } from '../store/stored.ts'
import { everDrained, exporting, letterNumbersIn } from './exporting.ts'
import { writerFor } from './writers.ts'

const KILLS = Number(process.env['MPWATCH_KILLS'] ?? 6)
const DELAY_MS_MAX = 1_500
const KILL_MS_MAX = 30_000
const CHILD = fileURLToPath(new URL('./export-child.ts', import.meta.url))

test(
  `Nothing is lost or doubled in ${KILLS} kills`,
  async () => {
    const path = folder()
    const server = await beginServer()
    const draw = seeded(7)
    let turns = 0
    for (let kill = 0; kill < KILLS; kill++)
      turns =
        2 + (await killedAfter(draw() % DELAY_MS_MAX, [path, server.url, String(turns)], turns))

    const store = await open(path, { metrics: { segmentBytes: 300_000 } })
    onTestFinished(() => store.close())
    const writer = writerFor({ url: server.url })
    const config = { name: 'main', mayCreate: false }
    const { exporter } = exporting(store, writer, path, { config })
    expect(await everDrained(exporter)).toBe(true)

    const { good, refused } = await keysIn(store)
    expect(good.length).toBeGreaterThan(KILLS * 500)
    expect(new Set(good).size).toBe(good.length)
    expect([...server.kept].toSorted()).toEqual(good.toSorted())
    expect(await letterNumbersIn(join(path, 'influx-main.jsonl'))).toEqual(refused)
  },
  KILLS * KILL_MS_MAX,
)

/** How many turns the child said it had stored when it was killed, so long after it had said so first. */
async function killedAfter(delayMs: number, given: readonly string[], before: number) {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, ...given], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  let turns = before
  const ended = once(child, 'close')
  for await (const line of createInterface({ input: child.stdout })) {
    if (turns === before) setTimeout(() => child.kill('SIGKILL'), delayMs)
    turns = Number(line)
  }
  const [code, signal] = await ended
  expect(signal, `It ended by itself, with code ${code}: ${errors}`).toBe('SIGKILL')
  return turns
}

/** Takes all lines but those before the year 2000, which it refuses as InfluxDB does: the others are kept (M4). */
async function beginServer() {
  const kept = new Set<string>()
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request)
    if (body === null) return
    const lines = body.split('\n')
    const good = lines.filter(line => !isRefused(line))
    for (const line of good) kept.add(line)
    if (good.length === lines.length) response.writeHead(204).end()
    else response.writeHead(400).end('{"error":"partial write: too old dropped=0"}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a port is a number')
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  return { kept, url: `http://127.0.0.1:${address.port}` }
}

/** Null where whoever sends it is killed meanwhile. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  let body = ''
  try {
    for await (const part of request.setEncoding('utf8')) body += part
    return body
  } catch (error) {
    if (request.complete || (error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error
    return null
  }
}

const isRefused = (line: string): boolean => Number(line.split(' ').at(-1)) < 946e15

/** Lines of everything that the store holds, and the numbers of those points that are refused. */
async function keysIn(store: DuckStore) {
  const good: string[] = []
  const refused: number[] = []
  for (let number = 0; ; ) {
    const page = await store.pointsAfter(number, 10_000)
    for (const point of page) {
      const line = lineOf(storedPoint(point)) ?? ''
      if (isRefused(line)) refused.push(point.number)
      else good.push(line)
    }
    if (page.length === 0) break
    number = page.at(-1)?.number ?? number
  }
  for (const entry of await store.entriesAfter(0, 10_000, ['finding', 'blind']))
    good.push(...entryPoints(entry, 'hq').map(point => lineOf(point) ?? ''))
  return { good, refused }
}
