// Put before a monitor by NODE_OPTIONS: sessions as its outputs have them, from its own process. ASKED says where to,
// `address:port`; what listens there is asked now and then on one connection, and what does not is tried again and again,
// plainly and by TLS.

import { connect } from 'node:net'
import { connect as connectByTls } from 'node:tls'
import { isMainThread } from 'node:worker_threads'

const EVERY_MS = 100
const [host, port] = (process.env['ASKED'] ?? '').split(':')

if (isMainThread && port !== undefined) {
  const lasting = connect(Number(port), host)
  // None of them holds up the end of the monitor.
  lasting.on('error', () => {}).unref()
  setInterval(() => {
    lasting.write('ping\n')
    for (const one of [connect(Number(port), host), connectByTls(Number(port) + 1, host)])
      one
        .on('error', () => {})
        .on('connect', () => one.end())
        .unref()
  }, EVERY_MS).unref()
}
