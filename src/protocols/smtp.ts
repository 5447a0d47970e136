// SMTP: the server greets with 220, the client says HELO or EHLO. RFC 5321, 3.1 and 4.1; STARTTLS is
// RFC 3207, AUTH is RFC 4954. What letters say is nobody's business, so reading ends where one begins.

import type { AppFacts } from '../model/app.ts'
import {
  codeOf,
  commandOf,
  commands,
  greeting,
  isContinued,
  LineReader,
  replyText,
  type Verbs,
} from './dialogue.ts'
import type { Follower, Opening, StreamRecogniser } from './recogniser.ts'

const NAMES = { own: 'SMTP', other: 'FTP' }

const VERBS: Verbs = new Map([
  ...(['EHLO', 'HELO'] as const).map(verb => [verb, /^ +\S/] as const),
  // Either may be the first to be seen of a connection that was picked up in its middle.
  ['MAIL', /^ FROM:/i],
  ['RCPT', /^ TO:/i],
  ...(['NOOP', 'QUIT', 'HELP', 'RSET', 'DATA'] as const).map(verb => [verb, null] as const),
])

export const smtp: StreamRecogniser = {
  name: 'smtp',
  client: { look: opening => commands(opening, VERBS) },
  server: { look: opening => greeting(opening, NAMES) },
  later: 'all',
  follow: () => new SmtpFollower(),
}

/** Mechanisms that prove knowledge of a secret without showing it. */
const PROVING = /^(CRAM|DIGEST|SCRAM|GS2|GSSAPI|KERBEROS|NTLM|EXTERNAL)/i

class SmtpFollower implements Follower {
  readonly #client = new LineReader()
  readonly #server = new LineReader()
  #banner: string | null = null
  #isLoginClear = false
  #isUpgraded = false
  /** The client asked for it, and the server has not answered yet. */
  #wantsTls = false
  #wantsLogin = false
  /** The server's next line goes on with the reply before it. */
  #isInReply = false
  isDone = false

  get facts(): Partial<AppFacts> {
    return {
      ...{ serverSoftware: this.#banner, isLoginClear: this.#isLoginClear },
      isUpgraded: this.#isUpgraded,
    }
  }

  feed(isClient: boolean, opening: Opening, isWhole: boolean): number {
    const reader = isClient ? this.#client : this.#server
    return reader.read(opening, isWhole, line => {
      if (this.isDone) return
      if (isClient) this.#command(line)
      else this.#reply(line)
    })
  }

  #command(line: Opening): void {
    const { verb, rest } = commandOf(line)
    if (verb === 'STARTTLS') this.#wantsTls = true
    else if (verb === 'AUTH') this.#login(rest)
    else if (verb === 'DATA' || verb === 'BDAT') this.isDone = true
  }

  /** A password may come with the command, or when the server asks for it (RFC 4954, 4). */
  #login(rest: string): void {
    const [mechanism = '', initial] = rest.trim().split(' ')
    this.#wantsLogin = !PROVING.test(mechanism)
    if (this.#wantsLogin && initial !== undefined) this.#isLoginClear = true
  }

  /** 220 is said twice: as the greeting, and when TLS may begin. Nothing else tells them apart. */
  #reply(line: Opening): void {
    const isMore = this.#isInReply
    this.#isInReply = isContinued(line)
    if (isMore) return
    const code = codeOf(line)
    if (code === 334 && this.#wantsLogin) this.#isLoginClear = true
    if (code !== 220) return
    if (this.#banner === null) this.#banner = replyText(line)
    else if (this.#wantsTls) this.#isUpgraded = this.isDone = true
  }
}
