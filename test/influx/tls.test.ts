// Goal: a server whose certificate nobody vouches for is not written to, unless its certificate is in the file.

import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { hasProgram } from '../support/programs.ts'
import { pointsOf, writerFor } from './writers.ts'

/** A certificate for loopback, made for this test. */
function selfSigned(): { readonly key: string; readonly cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'mpwatch-tls-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const about = ['-days', '2', '-subj', '/CN=influx', '-addext', 'subjectAltName=IP:127.0.0.1']
  const { status } = spawnSync('openssl', [
    ...['req', ...kind, ...about, '-keyout', key, '-out', cert],
  ])
  if (status !== 0) throw new Error('openssl makes no certificate')
  return { key, cert }
}

test.runIf(hasProgram('openssl')).each([1, 2] as const)('version %i over TLS', async version => {
  const { key, cert } = selfSigned()
  const files = { key: readFileSync(key), cert: readFileSync(cert) }
  let requests = 0
  const server = createServer(files, (request, response) => {
    requests += 1
    request.resume().on('end', () => response.writeHead(204).end())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.closeAllConnections())
  onTestFinished(() => void server.close())
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const config = { version, org: 'acme', url: `https://127.0.0.1:${port}` }
  const refused = await writerFor(config).write(pointsOf(1))
  expect(refused).toMatchObject({ status: 0, text: expect.stringContaining('self-signed') })
  expect(requests).toBe(0)
  expect((await writerFor({ ...config, caFile: cert }).write(pointsOf(1))).status).toBe(204)
  expect(requests).toBe(1)
})
