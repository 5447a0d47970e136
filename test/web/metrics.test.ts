// Goal: Prometheus can read what we serve, the ledgers are in it to the packet, no counter goes back, and no page of
// somebody else can read it.
// Method: a real server on loopback, read by a small grammar of the text format, and by promtool where it is there.

import { spawnSync } from 'node:child_process'
import { request } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { FindingEvent } from '../../src/model/lifecycle.ts'
import type { BlindInterval, Telling } from '../../src/model/live.ts'
import type { OutputState } from '../../src/model/output.ts'
import type { StoreHealth } from '../../src/model/store.ts'
import { isOurHost } from '../../src/web/host.ts'
import { listenForMetrics } from '../../src/web/metrics.ts'
import { MetricsBook } from '../../src/web/metrics-book.ts'
import type { Served } from '../../src/web/server.ts'
import { MemoryDesk, NOW_MS, outputState, storedFinding } from '../support/memory-desk.ts'
import { sampleLedger } from '../support/samples.ts'

const HAS_PROMTOOL = spawnSync('promtool', ['--version']).status === 0
const { interfaces, store: HEALTH } = await new MemoryDesk().status()

let book: MetricsBook
let health: () => Promise<StoreHealth>
let outputs: readonly OutputState[]
let server: Served
const onFault = (error: unknown): never => {
  throw error
}
beforeEach(async () => {
  book = new MetricsBook()
  health = async () => HEALTH
  outputs = []
  server = await listenForMetrics(
    {
      ...{ book, health: () => health(), outputs: () => outputs },
      ...{ nowMs: () => NOW_MS, version: '0.1.0', onFault },
    },
    { host: '127.0.0.1', port: 0 },
  )
})
afterEach(() => server.close())

const telling = (changes: Partial<Telling> = {}): Telling => ({
  ...{ number: 1, generation: 1, captureMs: NOW_MS - 2500, findings: [], gone: [], flows: [] },
  ...{ points: [], coverage: null, ledger: sampleLedger(), interfaces, blind: [] },
  leftOut: { flows: 4, points: 5 },
  ...changes,
})

interface Asking {
  readonly method?: string
  readonly path?: string
  readonly host?: string
}

function ask({ method = 'GET', path = '/metrics', host = 'localhost' }: Asking = {}) {
  const { hostname, port } = new URL(server.where)
  const options = { host: hostname, port, method, path, headers: { Host: host }, agent: false }
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    request(options, response => {
      let text = ''
      response.on('data', block => {
        text += block
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
      .on('error', reject)
      .end()
  })
}

const LABEL = /[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*"/.source
const SAMPLE = new RegExp(
  `^([a-zA-Z_:][\\w:]*)(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (-?[\\d.]+(?:e[+-]?\\d+)?|Na[Nn]|[+-]Inf)$`,
)

/** Samples by name and labels; whatever is no line of the text format fails. */
function read(text: string): ReadonlyMap<string, number> {
  const samples = new Map<string, number>()
  for (const line of text.split('\n')) {
    if (
      line === '' ||
      /^# (HELP [\w:]+ .+|TYPE [\w:]+ (counter|gauge|histogram|summary))$/.test(line)
    )
      continue
    const [, name = '', labels = '', value] = SAMPLE.exec(line) ?? []
    if (name === '') expect.fail(`no line of the text format: ${line}`)
    const key = labels === '' ? name : `${name}{${labels}}`
    expect(samples.has(key)).toBe(false)
    samples.set(key, Number(value))
  }
  return samples
}

const metrics = async () => read((await ask()).text)

describe('the text', () => {
  test('is of the text format from the first moment, and knows no zero where nothing is known', async () => {
    const samples = await metrics()
    expect(samples.get('mpwatch_info{version="0.1.0"}')).toBe(1)
    expect(samples.get('process_cpu_seconds_total')).toBeGreaterThan(0)
    expect(samples.has('mpwatch_capture_lag_seconds')).toBe(false)
  })

  test('stays so whatever an interface is called', async () => {
    const [state] = interfaces
    if (state === undefined) throw new Error('the sample has an interface')
    book.telling(telling({ interfaces: [{ ...state, name: 'a"b\\c\nd{}=,é' }] }))
    const samples = await metrics()
    expect(
      samples.get(
        'mpwatch_interface_received_packets_total{interface="a\\"b\\\\c\\nd{}=,é",sensor="core"}',
      ),
    ).toBe(110)
  })

  test.skipIf(!HAS_PROMTOOL)('has nothing that promtool would complain of', async () => {
    fill()
    const { text } = await ask()
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: text,
      encoding: 'utf8',
    })
    // The names of prom-client's own metrics are not ours to choose.
    const ours = `${stdout}${stderr}`.split('\n').filter(line => line.startsWith('mpwatch'))
    expect({ ours, isParsed: status === 0 || status === 3 }).toEqual({ ours: [], isParsed: true })
  })
})

const INTERVAL: BlindInterval = {
  ...{ id: 'b-1', sensor: 'core', interface: 'eth0', cause: 'link_down' },
  ...{ fromMs: NOW_MS - 30_000, toMs: null, detail: 'eth0 has no carrier.' },
}
const BLIND = 'mpwatch_blind_seconds_total{sensor="core",interface="eth0",cause="link_down"}'

const opened: FindingEvent = {
  ...{ kind: 'finding', phase: 'open', captureMs: NOW_MS, atMs: NOW_MS, isPage: true },
  ...{ stored: storedFinding('f-7d1c2a90b3e4'), held: { by: 'storm', id: 'f-000000000001' } },
}

function fill(): void {
  book.telling(telling())
  book.event(opened)
  book.incident({ kind: 'blind', atMs: NOW_MS, interval: INTERVAL })
  book.incident({ kind: 'clock_jump', atMs: NOW_MS, byMs: 3_600_000 })
  book.incident({ kind: 'lost', atMs: NOW_MS, what: 'points', count: 7, why: 'disk full' })
  book.incident({ kind: 'rules_loaded', atMs: NOW_MS, policyHash: 'a', siteHash: 'b' })
}

describe('the numbers', () => {
  test('are those of the ledgers', async () => {
    fill()
    const samples = await metrics()
    const { reader, flows, findings, verdicts, reasons } = sampleLedger()
    const sum = (name: string) =>
      [...samples].reduce(
        (total, [key, value]) => total + (key.startsWith(`${name}{`) ? value : 0),
        0,
      )
    const at = (key: string) => samples.get(key)
    expect(at('mpwatch_packets_seen_total')).toBe(reader.seen)
    expect(sum('mpwatch_packets_total')).toBe(reader.seen)
    expect(sum('mpwatch_packet_reasons_total')).toBe(
      Object.values(reasons).reduce((a, b) => a + b, 0),
    )
    expect(sum('mpwatch_decoded_packets_total')).toBe(reader.decoded)
    expect(at('mpwatch_flows_created_total')).toBe(flows.created)
    expect(sum('mpwatch_flows_closed_total')).toBe(flows.ended + flows.evicted)
    expect(at('mpwatch_flows_live')).toBe(flows.live)
    expect(sum('mpwatch_verdicts_total')).toBe(
      flows.created - flows.live - (verdicts?.pending ?? 0),
    )
    expect(at('mpwatch_finding_hits_total')).toBe(findings?.hits)
    expect(sum('mpwatch_interface_packets_total')).toBe(110)
    expect(
      at('mpwatch_interface_packets_total{interface="eth0",sensor="core",fate="kernel_dropped"}'),
    ).toBe(10)
    expect(at('mpwatch_left_out_rows_total{kind="points"}')).toBe(5)
    expect(at('mpwatch_capture_lag_seconds')).toBe(2.5)
    for (const ledger of ['L1', 'L2', 'L3', 'L4', 'L5', 'L6'])
      expect(at(`mpwatch_ledger_open{ledger="${ledger}"}`)).toBe(0)
  })

  test('are those of what is fed, and its ledger is one of all', async () => {
    const down = { state: 'degraded', reason: 'nobody listens' } as const
    outputs = [outputState(), outputState({ name: 'noc', kind: 'route', ...down })]
    const samples = await metrics()
    const of = (name: string, more = '') =>
      ['output="lab",kind="influx"', 'output="noc",kind="route"'].map(labels =>
        samples.get(`mpwatch_output_${name}{${labels}${more}}`),
      )
    expect(of('enqueued_total')).toEqual([1_250, 1_250])
    const fates = ['acked', 'dead_lettered', 'expired'].map(fate =>
      of('rows_total', `,fate="${fate}"`),
    )
    expect(fates).toEqual([1_234, 2, 1].map(count => [count, count]))
    expect([of('pending'), of('retries_total'), of('healthy')]).toEqual([
      [13, 13],
      [3, 3],
      [1, 0],
    ])
    expect(samples.get('mpwatch_ledger_open{ledger="L6"}')).toBe(0)
    const { books } = outputState()
    outputs = [outputState({ books: { ...books, acked: books.acked - 1 } })]
    expect((await metrics()).get('mpwatch_ledger_open{ledger="L6"}')).toBe(1)
  })

  test('tell of a ledger that is open', async () => {
    const ledger = sampleLedger()
    const [state] = interfaces
    if (state === undefined) throw new Error('the sample has an interface')
    const reader = { ...ledger.reader, seen: ledger.reader.seen + 1 }
    book.telling(
      telling({ ledger: { ...ledger, reader }, interfaces: [{ ...state, received: 111 }] }),
    )
    health = async () => ({ ...HEALTH, rows: { ...HEALTH.rows, lost: 1 } })
    const samples = await metrics()
    const open = ['L1', 'L2', 'L3', 'L6'].map(name =>
      samples.get(`mpwatch_ledger_open{ledger="${name}"}`),
    )
    expect(open).toEqual([1, 1, 0, 1])
  })

  test('are those of what happened', async () => {
    fill()
    book.incident({ kind: 'rules_refused', atMs: NOW_MS, problems: ['x'] })
    const samples = await metrics()
    expect(samples.get('mpwatch_finding_events_total{phase="open"}')).toBe(1)
    expect(samples.get('mpwatch_pages_total{held_by="storm"}')).toBe(1)
    expect(samples.get('mpwatch_clock_jumps_total')).toBe(1)
    expect(samples.get('mpwatch_lost_total')).toBe(7)
    expect(samples.get('mpwatch_rules_loads_total{result="refused"}')).toBe(1)
    expect(samples.get('mpwatch_rules_last_load_successful')).toBe(0)
    expect(samples.get(BLIND)).toBe(30)
    expect(samples.get('mpwatch_blind_intervals{cause="link_down"}')).toBe(1)
    expect(samples.get('mpwatch_findings{state="open"}')).toBe(0)
  })

  test('of blindness grow while it lasts, stay when it is over, and add up', async () => {
    const ended = { ...INTERVAL, toMs: NOW_MS - 10_000 }
    const again = { ...INTERVAL, id: 'b-2', fromMs: NOW_MS - 5000 }
    const seconds: (number | undefined)[] = []
    for (const interval of [INTERVAL, ended, again]) {
      book.incident({ kind: 'blind', atMs: NOW_MS, interval })
      seconds.push((await metrics()).get(BLIND))
    }
    // The end came later than it was noticed, and a counter does not go back.
    expect(seconds).toEqual([30, 30, 30])
    book.incident({ kind: 'blind', atMs: NOW_MS, interval: { ...again, toMs: NOW_MS + 15_000 } })
    expect((await metrics()).get(BLIND)).toBe(40)
  })

  test('go on where new rules begin with an empty ledger, and never go back', async () => {
    const read = async () => (await metrics()).get('mpwatch_packets_seen_total') ?? 0
    const seen = (count: number, generation: number) => {
      const ledger = sampleLedger()
      const reader = { ...ledger.reader, seen: count }
      book.telling(telling({ generation, ledger: { ...ledger, reader } }))
    }
    seen(1000, 1)
    expect(await read()).toBe(1000)
    seen(1200, 1)
    // Not read in between: what came until the end of the generation counts all the same.
    seen(10, 2)
    expect(await read()).toBe(1210)
    seen(15, 2)
    seen(12, 2)
    expect(await read()).toBe(1215)
    seen(3, 3)
    expect(await read()).toBe(1218)
  })

  test('of a store that cannot be asked are not there, but that it is not well', async () => {
    health = () => Promise.reject(new Error('closed'))
    const samples = await metrics()
    expect(samples.get('mpwatch_store_healthy')).toBe(0)
    expect(samples.has('mpwatch_store_bytes')).toBe(false)
  })
})

describe('asked for', () => {
  const cases: readonly [what: string, asking: Asking, status: number][] = [
    ['by the name of somebody else', { host: 'evil.example' }, 421],
    ['by that name and our port', { host: 'evil.example:9475' }, 421],
    ['by a name that begins like ours', { host: 'localhost.evil.example' }, 421],
    ['by another address', { host: '10.0.0.1' }, 421],
    ['by our address', { host: '127.0.0.1:9475' }, 200],
    ['by a name for it', { host: 'LOCALHOST:1' }, 200],
    ['with a query', { path: '/metrics?x=1' }, 200],
    ['at another path', { path: '/' }, 404],
    ['at a longer path', { path: '/metrics/../x' }, 404],
    ['by POST', { method: 'POST' }, 405],
    ['by HEAD', { method: 'HEAD' }, 405],
  ]
  for (const [what, asking, status] of cases)
    test(`${what} it answers ${status}`, async () => {
      expect((await ask(asking)).status).toBe(status)
    })

  test('at an address that is taken it says so', async () => {
    const port = Number(new URL(server.where).port)
    const sources = {
      ...{ book, health, outputs: () => outputs, nowMs: () => NOW_MS, version: '', onFault },
    }
    await expect(listenForMetrics(sources, { host: '127.0.0.1', port })).rejects.toThrow(
      `127.0.0.1:${port}: /metrics: another program listens there already`,
    )
  })

  test('at other addresses, only by the one that it came to', () => {
    const isOurs = (host: string) => isOurHost(host, '::ffff:192.0.2.7')
    expect(['192.0.2.7', '192.0.2.7:9475', '192.0.2.70', '', '192.0.2.7:x'].map(isOurs)).toEqual([
      ...[true, true, false, false, false],
    ])
    expect(isOurHost('[2001:db8::1]:9475', '2001:db8::1')).toBe(true)
    expect(isOurHost(undefined, '192.0.2.7')).toBe(false)
  })
})
