// FTP: the control connection. RFC 959, 4 and 5; EPRT and EPSV are RFC 2428, AUTH is RFC 2228 and 4217.
// Both sides are read over its whole life, since data connections are announced in it.

import { parseAddress } from '../model/address.ts'
import type { AppFacts } from '../model/app.ts'
import {
  type Command,
  codeOf,
  commandOf,
  commands,
  greeting,
  isContinued,
  LineReader,
  replyText,
  type Verbs,
} from './dialogue.ts'
import type { Follower, Listener, Opening, StreamRecogniser } from './recogniser.ts'

const NAMES = { own: 'FTP', other: 'SMTP' }

/** `h1,h2,h3,h4,p1,p2` (RFC 959, 5.3.2); what stands around it in a reply differs (RFC 1123, 4.1.2.6). */
const SIX_NUMBERS = /(?<!\d)\d{1,3}(?:,\d{1,3}){5}(?!\d)/
const TLS = /^ (TLS|SSL|TLS-C|TLS-P)$/i
const KNOWN_BY_BOTH = ['NOOP', 'QUIT', 'HELP']
/** Said early in a connection, or first in one that was picked up in its middle, but by others too. */
const TOO_SHORT = ['HOST', 'CLNT', 'LANG', 'ACCT', 'PWD', 'XPWD', 'CWD', 'CDUP', 'LIST', 'NLST']
const OF_FILES = ['RETR', 'STOR', 'SIZE', 'MDTM', 'MLSD', 'MLST', 'DELE', 'REST', 'STAT', 'PASS']

const VERBS: Verbs = new Map<string, RegExp | null>([
  // IRC's USER has four parameters.
  ['USER', /^ \S+ *$/],
  ['AUTH', /^ (TLS|SSL|TLS-C|TLS-P|GSSAPI|KERBEROS_V4)$/i],
  ['OPTS', /^ UTF-?8/i],
  ['TYPE', /^ [AEIL]( [NTC8])?$/i],
  ['PORT', /^ \d{1,3}(,\d{1,3}){5}$/],
  ['EPRT', /^ ([!-~])[12]\1/],
  ...['FEAT', 'SYST', 'PASV', 'EPSV'].map(verb => [verb, /^ *$/] as const),
  ...[...KNOWN_BY_BOTH, ...TOO_SHORT, ...OF_FILES].map(verb => [verb, null] as const),
])

export const ftp: StreamRecogniser = {
  name: 'ftp',
  client: { look: opening => commands(opening, VERBS) },
  server: { look: opening => greeting(opening, NAMES) },
  later: 'all',
  follow: listener => new FtpFollower(listener),
}

class FtpFollower implements Follower {
  readonly #listener: Listener
  readonly #client = new LineReader()
  readonly #server = new LineReader()
  #banner: string | null = null
  #clientSoftware: string | null = null
  #isLoginClear = false
  #isUpgraded = false
  #wantsTls = false
  /** Code of a reply of several lines whose last line has not come; 0 for none. */
  #openCode = 0
  isDone = false

  constructor(listener: Listener) {
    this.#listener = listener
  }

  get facts(): Partial<AppFacts> {
    return {
      ...{ clientSoftware: this.#clientSoftware, serverSoftware: this.#banner },
      ...{ isLoginClear: this.#isLoginClear, isUpgraded: this.#isUpgraded },
    }
  }

  feed(isClient: boolean, opening: Opening, isWhole: boolean): number {
    const reader = isClient ? this.#client : this.#server
    return reader.read(opening, isWhole, line => {
      if (this.isDone) return
      if (isClient) this.#command(commandOf(line))
      else this.#line(line)
    })
  }

  #command({ verb, rest }: Command): void {
    // A command follows the end of the reply before it, even if that end was lost.
    this.#openCode = 0
    if (verb === 'USER' || verb === 'PASS') this.#isLoginClear = true
    else if (verb === 'AUTH') this.#wantsTls = TLS.test(rest)
    else if (verb === 'CLNT') this.#clientSoftware ??= rest.trim()
    else if (verb === 'PORT') this.#announce('client', sixNumbers(rest))
    else if (verb === 'EPRT') this.#announce('client', extendedPort(rest))
  }

  /** Lines within a reply may say anything, and file names among them are whatever somebody chose. */
  #line(line: Opening): void {
    const code = codeOf(line)
    if (this.#openCode !== 0 && code !== this.#openCode) return
    this.#openCode = isContinued(line) ? code : 0
    this.#reply(code, replyText(line))
  }

  #reply(code: number, text: string): void {
    if (code === 220) this.#banner ??= text
    else if (code === 227) this.#announce('server', sixNumbers(text))
    else if (code === 229) this.#announce('server', extendedPassive(text))
    else if (code === 234 && this.#wantsTls) this.#isUpgraded = this.isDone = true
  }

  #announce(side: 'client' | 'server', place: Place | undefined): void {
    if (place === undefined || place.port < 1 || place.port > 65_535) return
    this.#listener.dataChannel(side, place.address, place.port)
  }
}

interface Place {
  readonly address: Uint8Array | null
  readonly port: number
}

function sixNumbers(text: string): Place | undefined {
  const numbers = SIX_NUMBERS.exec(text)?.[0].split(',').map(Number)
  if (numbers === undefined || numbers.some(number => number > 255)) return undefined
  const [high = 0, low = 0] = numbers.slice(4)
  return { address: Uint8Array.from(numbers.slice(0, 4)), port: 256 * high + low }
}

/** RFC 2428, 2: `|2|1080::8:800:200C:417A|5282|`, with any sign in place of the bars. */
function extendedPort(text: string): Place | undefined {
  const [, , , host = '', port] = /^ +([!-~])([12])\1([0-9A-Fa-f.:]+)\1(\d{1,5})\1/.exec(text) ?? []
  const address = parseAddress(host)
  return address === undefined ? undefined : { address: address.bytes, port: Number(port) }
}

/** RFC 2428, 3: `(|||6446|)`. The address is the server's own. */
function extendedPassive(text: string): Place | undefined {
  const [, , port] = /\(([!-~])\1\1(\d{1,5})\1\)/.exec(text) ?? []
  return port === undefined ? undefined : { address: null, port: Number(port) }
}
