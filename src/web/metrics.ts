// /metrics for Prometheus, and nothing else: read-only, on loopback unless somebody chose otherwise.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { hostAndPort } from '../model/address.ts'
import { UsageError } from '../model/errors.ts'
import type { OutputState } from '../model/output.ts'
import type { StoreHealth } from '../model/store.ts'
import { isOurHost } from './host.ts'
import { COUNTERS, GAUGES } from './metric-names.ts'
import type { MetricsBook } from './metrics-book.ts'
import { PROBLEM_TYPE, problemText, Refusal } from './problem.ts'
import { boundedServer, type Served, served } from './server.ts'

const CONNECTIONS_MAX = 16
const PATH = '/metrics'

export interface MetricsSources {
  readonly book: MetricsBook
  /** Asked at each reading; where it rejects, the store counts as degraded. */
  readonly health: () => Promise<StoreHealth>
  /** How what is fed from it fares. */
  readonly outputs: () => readonly OutputState[]
  /** The monitor's own clock, Unix milliseconds. */
  readonly nowMs: () => number
  readonly version: string
  /** Told of errors that are faults of mpwatch. */
  readonly onFault: (error: unknown) => void
}

export interface Listen {
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
}

/** @throws UsageError where the address cannot be had. */
export async function listenForMetrics(sources: MetricsSources, listen: Listen): Promise<Served> {
  const text = metricsText(sources)
  const server = boundedServer((request, response) => {
    const refusal = refusalOf(request)
    if (refusal === null) void answer(text, response, sources.onFault)
    else refuse(refusal, response)
  }, CONNECTIONS_MAX)
  await new Promise<void>((resolve, reject) => {
    server.once('error', error => reject(taken(listen, error)))
    server.listen(listen, resolve)
  })
  const { address, port } = server.address() as AddressInfo
  return served(server, `http://${hostAndPort(address, port)}${PATH}`)
}

/** The whole page, drawn anew at each call. Each has a registry of its own. */
function metricsText(sources: MetricsSources): () => Promise<string> {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  new Gauge({ name: 'mpwatch_info', help: 'What runs', labelNames: ['version'], registers })
    .labels(sources.version)
    .set(1)
  const counters = COUNTERS.map(({ name, help, labels }) => {
    const counter = new Counter({ name, help, labelNames: labels, registers })
    return [name, counter] as const
  })
  const gauges = GAUGES.map(({ name, help, labels }) => {
    const gauge = new Gauge({ name, help, labelNames: labels, registers })
    return [name, gauge, labels.length === 0] as const
  })
  return async () => {
    const health = await sources.health().catch(() => null)
    const asked = { health, outputs: sources.outputs(), nowMs: sources.nowMs() }
    sources.book.refresh(asked)
    // Nothing waits within these loops, so that no reading meets a counter that is being set.
    for (const [name, counter] of counters) {
      counter.reset()
      for (const [labels, value] of sources.book.counts(name)) counter.inc(labels, value)
    }
    const levels = sources.book.gauges(asked)
    for (const [name, gauge, isSingle] of gauges) {
      gauge.reset()
      // What is not known is no zero, to which prom-client sets what has no labels.
      if (isSingle) gauge.remove()
      for (const [labels, value] of levels[name] ?? []) gauge.set(labels, value)
    }
    return registry.metrics()
  }
}

function refusalOf({ method, url = '', headers, socket }: IncomingMessage): Refusal | null {
  if (!isOurHost(headers.host, socket.localAddress))
    return new Refusal(421, 'This is another host.', 'Ask by the address it listens at.')
  if (url.split('?')[0] !== PATH)
    return new Refusal(404, 'There is nothing at this path.', `See ${PATH}.`)
  if (method !== 'GET')
    return new Refusal(405, 'Metrics can only be read.', 'Use GET.', { Allow: 'GET' })
  return null
}

async function answer(
  text: () => Promise<string>,
  response: ServerResponse,
  onFault: (error: unknown) => void,
): Promise<void> {
  try {
    const page = await text()
    response.writeHead(200, { 'Content-Type': Registry.PROMETHEUS_CONTENT_TYPE }).end(page)
  } catch (error) {
    onFault(error)
    refuse(new Refusal(500, 'The metrics cannot be drawn.', 'The log may say why.'), response)
  }
}

function refuse(refusal: Refusal, response: ServerResponse): void {
  response
    .writeHead(refusal.status, { ...refusal.headers, 'Content-Type': PROBLEM_TYPE })
    .end(problemText(refusal))
}

const taken = ({ host, port }: Listen, { code, message }: NodeJS.ErrnoException): UsageError => {
  const why = WHY_NOT.get(code ?? '') ?? `no server can listen there (${code ?? message})`
  const right =
    'Choose another address (--metrics 127.0.0.1:9476), or switch it off (--metrics off).'
  return new UsageError([{ where: hostAndPort(host, port), message: `/metrics: ${why}. ${right}` }])
}

const WHY_NOT: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'another program listens there already'],
  ['EADDRNOTAVAIL', 'this computer has no such address'],
  ['EACCES', 'only root may listen on that port'],
])
