// What Prometheus would read of a running monitor.

import { get } from 'node:http'
import { createServer } from 'node:net'
import type { Running } from './running.ts'

/** A port of loopback that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0))
    })
  })
}

/** The value of a series, by its name and labels as they stand in /metrics; NaN where there is none. */
export async function metric(running: Running, series: string): Promise<number> {
  const text = await textAt(String(running.events('metrics_listening')[0]?.['address']))
  const line = text.split('\n').find(one => one.startsWith(`${series} `))
  return Number(line?.slice(series.length) ?? Number.NaN)
}

function textAt(address: string): Promise<string> {
  return new Promise((resolve, reject) =>
    get(address, response => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      response.on('end', () => resolve(text))
    }).on('error', reject),
  )
}
