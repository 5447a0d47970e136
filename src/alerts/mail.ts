// Mail by SMTP: one mail of plain text for each notice. Encryption that is asked for is insisted on, and who writes to
// whom is in the configuration alone.

import { connect, type Socket } from 'node:net'
import { createTransport } from 'nodemailer'
import type SmtpTransport from 'nodemailer/lib/smtp-transport'
import { hostAndPort } from '../model/address.ts'
import type { Notice } from '../model/alert.ts'
import type { RouteTarget } from '../model/watch-config.ts'
import { codeOf, reasonOf, said } from './faults.ts'
import type { Grounds } from './grounds.ts'
import { unlessAborted } from './limits.ts'
import { trusted } from './stream.ts'
import { DeliveryError, type Transport } from './transport.ts'
import { linesOf, subjectOf } from './words.ts'

type MailTarget = Extract<RouteTarget, { kind: 'mail' }>
type Options = SmtpTransport.Options

const STEP_MS_MAX = 10_000

const SCHEMES = { tls: 'smtps', starttls: 'smtp+starttls', none: 'smtp' } as const

export function mailTransport(target: MailTarget, grounds: Grounds): Transport {
  const at = hostAndPort(target.host, target.port)
  const where = `${SCHEMES[target.security]}://${at}`
  let missed: string | null = null
  return {
    where,
    missed: () => missed,
    async deliver(notice, signal) {
      const mail = mailOf(notice, target, grounds)
      const { response, rejected } = await session(target, grounds, signal, smtp =>
        smtp.sendMail(mail),
      )
      // Nobody else's pages wait for an address that is refused: it is said, and the others have it.
      missed =
        rejected.length === 0 ? null : `${at} refuses mail for ${rejected.map(String).join(', ')}`
      return `answered ${said(response)}${missed === null ? '' : `; ${missed}`}`
    },
    async check(signal) {
      try {
        await session(target, grounds, signal, smtp => smtp.verify())
        return null
      } catch (error) {
        return reasonOf(error)
      }
    },
    async reopen() {},
    async close() {},
  }
}

/** Addresses of people, and headers by which mail programs see that nobody wrote this by hand. */
const mailOf = (notice: Notice, { from, to }: MailTarget, { hostname }: Grounds) => ({
  ...{ from, to: [...to], envelope: { from, to: [...to] } },
  subject: subjectOf(notice),
  text: `${linesOf(notice).join('\n')}\n`,
  date: new Date(notice.atMs),
  messageId: `<${idText(notice.id)}@${idText(hostname)}>`,
  headers: {
    'Auto-Submitted': 'auto-generated',
    'X-Mpwatch-Id': idText(notice.id),
    'X-Mpwatch-Seq': String(notice.seq),
  },
  ...{ disableFileAccess: true, disableUrlAccess: true },
})

/** RFC 5322, 3.6.4, takes more; these are safe on both sides of the @. */
const idText = (text: string): string => text.replace(/[^A-Za-z0-9.-]/g, '-')

/** One connection, which is gone when the work has ended or the signal does. @throws DeliveryError */
async function session<Value>(
  target: MailTarget,
  grounds: Grounds,
  signal: AbortSignal,
  work: (smtp: ReturnType<typeof createTransport<SmtpTransport.SentMessageInfo>>) => Promise<Value>,
): Promise<Value> {
  const secrets = await secretsOf(target, grounds)
  const sockets: Socket[] = []
  try {
    const options = await optionsOf(target, secrets[0], sockets)
    return await unlessAborted(work(createTransport(options)), signal)
  } catch (error) {
    const where = hostAndPort(target.host, target.port)
    throw new DeliveryError(`${where} takes no mail: ${faultOf(error, secrets)}`)
  } finally {
    for (const socket of sockets) socket.destroy()
  }
}

/** The password, and the form in which AUTH PLAIN sends it (RFC 4616). */
async function secretsOf(
  { secret, username }: MailTarget,
  grounds: Grounds,
): Promise<readonly string[]> {
  if (secret === null) return []
  try {
    const password = await grounds.readSecret(secret)
    return [password, `\0${username ?? ''}\0${password}`]
  } catch (error) {
    throw new DeliveryError(`the password cannot be read: ${reasonOf(error)}`)
  }
}

/** The socket is ours, so that a try that is given up leaves no connection behind. */
async function optionsOf(
  { host, port, security, username, caFile }: MailTarget,
  password: string | undefined,
  sockets: Socket[],
): Promise<Options> {
  return {
    ...{ host, port, secure: security === 'tls' },
    ...{ requireTLS: security === 'starttls', ignoreTLS: security === 'none' },
    ...(username === null ? {} : { auth: { user: username, pass: password ?? '' } }),
    tls: { ...(await trusted(caFile)), minVersion: 'TLSv1.2' },
    ...{ connectionTimeout: STEP_MS_MAX, greetingTimeout: STEP_MS_MAX },
    ...{ socketTimeout: STEP_MS_MAX, dnsTimeout: STEP_MS_MAX },
    ...{ disableFileAccess: true, disableUrlAccess: true },
    getSocket(_, callback) {
      const socket = connect({ host, port })
      sockets.push(socket)
      socket.once('error', error => callback(error, false))
      socket.once('connect', () => {
        socket.removeAllListeners('error')
        callback(null, { connection: socket })
      })
    },
  }
}

const WORDS: ReadonlyMap<string, string> = new Map([
  ['EAUTH', 'it does not take the user name or the password'],
  [
    'ETLS',
    'it offers no encryption, or its certificate is not trusted; ca_file names an authority',
  ],
])

/** What the server said is told; what was sent to it may hold the password. */
function faultOf(error: unknown, secrets: readonly string[]): string {
  const response = error instanceof Error && 'response' in error ? String(error.response) : ''
  const known = WORDS.get(codeOf(error))
  if (response !== '')
    return [known, `it answers ${said(response, secrets)}`].filter(Boolean).join('; ')
  return known === undefined ? reasonOf(error, secrets) : `${known} (${reasonOf(error, secrets)})`
}
