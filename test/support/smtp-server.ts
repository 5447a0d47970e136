// A mail server on loopback, small and real: SMTP (RFC 5321) with STARTTLS and AUTH PLAIN, which keeps what it is sent and
// refuses, hangs and breaks off on demand.

import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, TLSSocket } from 'node:tls'
import { afterAll } from 'vitest'
import type { Certificate } from './certificates.ts'

export interface Received {
  readonly from: string
  readonly to: readonly string[]
  /** Header and text as they came, dots taken back. */
  readonly data: string
  readonly user: string | null
  readonly isEncrypted: boolean
}

export interface SmtpOptions {
  readonly certificate?: Certificate
  /** `tls` from the first byte, or `starttls` offered; nothing without a certificate. */
  readonly security?: 'tls' | 'starttls'
  readonly users?: Readonly<Record<string, string>>
}

/** An answer in place of the usual one, by verb (`CONNECT` and `CONTENT` too); null says nothing, ever. */
type Answers = Record<string, string | null | 'hang up'>

export class SmtpServer {
  answers: Answers = {}
  readonly received: Received[] = []
  /** Answers that it owes: it hangs there. */
  silences = 0
  /** Every command, without what followed AUTH. */
  readonly verbs: string[] = []
  readonly #options: SmtpOptions
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #port = 0

  private constructor(options: SmtpOptions) {
    this.#options = options
    const take = (socket: Socket): void => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      new Session(this, socket, options, options.security === 'tls').begin()
    }
    this.#server =
      options.security === 'tls'
        ? createTlsServer({ ...options.certificate }, take)
        : createServer(take)
    this.#server.on('tlsClientError', () => {})
  }

  static async begin(options: SmtpOptions = {}): Promise<SmtpServer> {
    const server = new SmtpServer(options)
    await server.start()
    afterAll(() => server.stop())
    return server
  }

  get port(): number {
    return this.#port
  }

  get hasUsers(): boolean {
    return this.#options.users !== undefined
  }

  /** On the port that it had before. */
  async start(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    if (address !== null && typeof address !== 'string') this.#port = address.port
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await once(this.#server, 'close')
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#sockets.size
  }
}

class Session {
  readonly #server: SmtpServer
  readonly #options: SmtpOptions
  #socket: Socket
  #isEncrypted: boolean
  #rest = ''
  #isContent = false
  #content: string[] = []
  #from = ''
  #to: string[] = []
  #user: string | null = null

  constructor(server: SmtpServer, socket: Socket, options: SmtpOptions, isEncrypted: boolean) {
    this.#server = server
    this.#socket = socket
    this.#options = options
    this.#isEncrypted = isEncrypted
  }

  begin(): void {
    this.#listen()
    this.#say('CONNECT', '220 mail.example.com ESMTP')
  }

  #listen(): void {
    this.#socket.on('error', () => {})
    this.#socket.on('data', piece => {
      const lines = `${this.#rest}${piece.toString('latin1')}`.split('\r\n')
      this.#rest = lines.pop() ?? ''
      for (const line of lines) this.#take(line)
    })
  }

  #say(verb: string, usual: string): void {
    const answer = verb in this.#server.answers ? this.#server.answers[verb] : usual
    if (answer === 'hang up') this.#socket.destroy()
    else if (answer === null) this.#server.silences += 1
    else this.#socket.write(`${answer}\r\n`)
  }

  #take(line: string): void {
    if (this.#isContent) {
      this.#takeContent(line)
      return
    }
    const [verb = '', ...words] = line.split(' ')
    this.#server.verbs.push(verb.toUpperCase())
    this.#command(verb.toUpperCase(), words)
  }

  #takeContent(line: string): void {
    if (line !== '.') {
      this.#content.push(line.startsWith('.') ? line.slice(1) : line)
      return
    }
    this.#isContent = false
    const isTaken = !('CONTENT' in this.#server.answers)
    if (isTaken)
      this.#server.received.push({
        ...{ from: this.#from, to: this.#to, data: this.#content.join('\r\n') },
        ...{ user: this.#user, isEncrypted: this.#isEncrypted },
      })
    this.#say('CONTENT', '250 2.0.0 Ok: queued as 4F1B')
  }

  #command(verb: string, words: readonly string[]): void {
    if (verb === 'EHLO') this.#say(verb, this.#greeting())
    else if (verb === 'STARTTLS') this.#encrypt()
    else if (verb === 'AUTH') this.#login(words[1] ?? '')
    else if (verb === 'MAIL') {
      this.#from = words.join(' ')
      this.#to = []
      const mayNot = this.#server.hasUsers && this.#user === null
      this.#say(verb, mayNot ? '530 5.7.0 Log in first' : '250 Ok')
    } else if (verb === 'RCPT') {
      this.#to.push(words.join(' '))
      this.#say(
        `RCPT ${words.join(' ')}` in this.#server.answers ? `RCPT ${words.join(' ')}` : verb,
        '250 Ok',
      )
    } else if (verb === 'DATA') {
      this.#content = []
      this.#isContent = !('DATA' in this.#server.answers)
      this.#say(verb, '354 Go on')
    } else if (verb === 'QUIT') this.#socket.end('221 Bye\r\n')
    else this.#say(verb, '250 Ok')
  }

  #greeting(): string {
    const mayEncrypt = this.#options.security === 'starttls' && !this.#isEncrypted
    return [
      '250-mail.example.com',
      ...(mayEncrypt ? ['250-STARTTLS'] : []),
      ...(this.#server.hasUsers ? ['250-AUTH PLAIN'] : []),
      '250 8BITMIME',
    ].join('\r\n')
  }

  #encrypt(): void {
    const { certificate } = this.#options
    this.#say('STARTTLS', certificate === undefined ? '502 No' : '220 Begin')
    if (certificate === undefined) return
    this.#socket.removeAllListeners('data')
    const { key, cert } = certificate
    this.#socket = new TLSSocket(this.#socket, { isServer: true, key, cert })
    this.#isEncrypted = true
    this.#listen()
  }

  #login(code: string): void {
    const [, user = '', password = ''] = Buffer.from(code, 'base64').toString().split('\0')
    const isRight = this.#options.users?.[user] === password
    if (isRight) this.#user = user
    this.#say('AUTH', isRight ? '235 Ok' : `535 5.7.8 No: ${code} ${password}`)
  }
}
