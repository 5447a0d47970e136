// Bounds of what answers for the monitor: requests, connections, series of metrics.

import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { apiOf } from '../../src/web/api.ts'
import { listenForMetrics } from '../../src/web/metrics.ts'
import { MetricsBook } from '../../src/web/metrics-book.ts'
import type { Served } from '../../src/web/server.ts'
import { listenOnSocket } from '../../src/web/socket.ts'
import { Totals } from '../../src/web/totals.ts'
import { MemoryDesk, NOW_MS } from '../support/memory-desk.ts'
import { type BoundCase, numbersTo } from './case.ts'

export const WEB_BOUNDS: Readonly<Record<string, BoundCase>> = {
  'body, headers of a request': (body = 0, headers = 0) =>
    answering(async path => {
      const sized = (bytes: number) => post(path, `{"a":"${'x'.repeat(bytes - 8)}"}`)
      expect(await sized(body)).toBe(400)
      expect(await sized(body + 1)).toBe(413)
      expect(await post(path, '{}', { 'X-A': 'x'.repeat(headers) })).toBe(431)
    }),

  'limit of a query, text, list in a request': (rows = 0, text = 0, list = 0) =>
    answering(async path => {
      const flows = (limit: number) => get(path, `/flows?fromMs=0&toMs=1&limit=${limit}`)
      expect([await flows(rows), await flows(rows + 1)]).toEqual([200, 400])
      const row = (length: number) => get(path, `/findings/count?rows=${'x'.repeat(length)}`)
      expect([await row(text), await row(text + 1)]).toEqual([200, 400])
      const many = (count: number) => get(path, `/findings/count?${'rows=x&'.repeat(count)}`)
      expect([await many(list), await many(list + 1)]).toEqual([200, 400])
    }),

  'connections to the control socket': (max = 0) =>
    answering(async (path, server) => {
      const sockets = await Promise.all(numbersTo(max).map(() => connected(() => connect(path))))
      expect(server.refused()).toBe(0)
      await refusedBeyond(() => connect(path), server, sockets)
    }),

  'connections to the metrics': async (max = 0) => {
    const desk = new MemoryDesk()
    const server = await listenForMetrics(
      {
        ...{ book: new MetricsBook(), health: async () => (await desk.status()).store },
        outputs: () => [],
        ...{ nowMs: () => NOW_MS, version: '', onFault: () => {} },
      },
      { host: '127.0.0.1', port: 0 },
    )
    try {
      const dial = () => connect(Number(new URL(server.where).port), '127.0.0.1')
      const sockets = await Promise.all(numbersTo(max).map(() => connected(dial)))
      await refusedBeyond(dial, server, sockets)
    } finally {
      await server.close()
    }
  },

  'series of a metric, blind intervals that last': (series = 0, intervals = 0) => {
    const totals = new Totals()
    for (const number of numbersTo(series + 1)) totals.add('a', { number: `${number}` }, 1)
    expect([[...totals.read('a')].length, totals.leftOut]).toEqual([series, 1])
    const book = new MetricsBook()
    const nobody = { health: null, outputs: [], nowMs: NOW_MS }
    for (const number of numbersTo(intervals + 1))
      book.incident({
        ...{ kind: 'blind', atMs: NOW_MS },
        interval: {
          ...{ id: `b-${number}`, sensor: 'core', interface: 'eth0', cause: 'silent' },
          ...{ fromMs: NOW_MS, toMs: null, detail: '' },
        },
      })
    const { mpwatch_blind_intervals: lasting = [] } = book.gauges(nobody)
    expect(lasting.find(([{ cause }]) => cause === 'silent')?.[1]).toBe(intervals)
    book.refresh(nobody)
    const left = [...book.counts('mpwatch_metric_series_left_out_total')]
    expect(left).toEqual([[{}, 1]])
  },
}

async function answering(work: (path: string, server: Served) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mpwatch-bounds-'))
  const path = join(folder, 'control.sock')
  const server = await listenOnSocket(
    apiOf(new MemoryDesk(), () => {}),
    path,
  )
  try {
    await work(path, server)
  } finally {
    await server.close()
    rmSync(folder, { recursive: true })
  }
}

function status(
  socketPath: string,
  options: { readonly method: string; readonly path: string },
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ socketPath, ...options, headers, agent: false }, response => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
      .on('error', reject)
      .end(body)
  })
}

const get = (path: string, of: string): Promise<number> =>
  status(path, { method: 'GET', path: `/api/v1${of}` }, {}, '')

const post = (path: string, body: string, more: Readonly<Record<string, string>> = {}) =>
  status(
    path,
    { method: 'POST', path: '/api/v1/reload' },
    { 'Content-Type': 'application/json', 'Content-Length': `${body.length}`, ...more },
    body,
  )

function connected(dial: () => Socket): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = dial()
    socket.once('connect', () => resolve(socket))
    socket.once('error', reject)
  })
}

/** One more is turned away, and counted. */
async function refusedBeyond(
  dial: () => Socket,
  server: Served,
  sockets: readonly Socket[],
): Promise<void> {
  try {
    const late = dial()
    late.on('error', () => {})
    await new Promise(resolve => late.resume().on('close', resolve))
    expect(server.refused()).toBe(1)
  } finally {
    for (const socket of sockets) socket.destroy()
  }
}
