// The writer for an InfluxDB, as its configuration says.

import { readFileSync, statSync } from 'node:fs'
import { Agent } from 'node:http'
import { Agent as TlsAgent } from 'node:https'
import { rootCertificates } from 'node:tls'
import { UsageError } from '../model/errors.ts'
import type { InfluxConfig } from '../model/watch-config.ts'
import { Exchange } from './exchange.ts'
import { KeptSecret } from './kept-secret.ts'
import type { InfluxWriter } from './writer.ts'
import { WriterV1 } from './writer-v1.ts'
import { WriterV2 } from './writer-v2.ts'

const TIMEOUT_MS = 10_000
const CA_BYTES_MAX = 1024 * 1024

/**
 * Nothing is sent until the first write.
 * @param readSecret Reads the password or the token; null where there is none. Asked again after `forgetSecret`.
 * @param timeoutMs How long an answer is waited for, 10 s unless told.
 * @throws UsageError where the file of certificates cannot be read.
 */
export function openWriter(
  config: InfluxConfig,
  readSecret: () => Promise<string | null>,
  timeoutMs = TIMEOUT_MS,
): InfluxWriter {
  const exchange = new Exchange(agentFor(config), timeoutMs)
  const secret = new KeptSecret(readSecret)
  const parts = { config, where: whereOf(config), exchange, secret, timeoutMs }
  return config.version === 1 ? new WriterV1(parts) : new WriterV2(parts)
}

/** `http://127.0.0.1:8086/mpwatch`: nothing in it lets anybody in. */
function whereOf({ url, database }: InfluxConfig): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname.replace(/\/+$/, '')}/${database}`
}

/**
 * Connections that may be used again, and trust whom the configuration trusts.
 * @throws UsageError where the file of certificates cannot be read.
 */
export function agentFor({ url, caFile }: InfluxConfig): Agent {
  const how = { keepAlive: true, maxSockets: 1 }
  if (!url.startsWith('https:')) return new Agent(how)
  const ca = caFile === null ? {} : { ca: [...rootCertificates, certificatesIn(caFile)] }
  return new TlsAgent({ ...how, ...ca })
}

function certificatesIn(path: string): string {
  try {
    const { size } = statSync(path)
    if (size > CA_BYTES_MAX) throw new Error('it is larger than 1 MiB')
    return readFileSync(path, 'utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new UsageError(
      `The certificates in ${path} cannot be read: ${why}. It should be a file of certificates in PEM.`,
    )
  }
}
