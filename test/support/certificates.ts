// Certificates for receivers on loopback, made when a test needs them: one that signs itself, and so is trusted by nobody
// who was not told of it.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { hasProgram } from './programs.ts'

export const hasOpenssl = hasProgram('openssl')

export interface Certificate {
  readonly key: Buffer
  readonly cert: Buffer
  readonly certFile: string
}

/** For `localhost` and 127.0.0.1 unless it is for another name. */
export function selfSigned(names = 'DNS:localhost,IP:127.0.0.1'): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'mpwatch-certificate-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-keyout', keyFile, '-out', certFile, '-days', '2', '-subj', '/CN=localhost'],
      ...['-addext', `subjectAltName=${names}`],
    ],
    { stdio: 'ignore' },
  )
  return { key: readFileSync(keyFile), cert: readFileSync(certFile), certFile }
}
