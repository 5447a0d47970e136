// Telnet: text with commands in between, which begin with IAC. RFC 854; options are RFC 855. At its start a
// side says what it will do and what the other shall do.

import type { AppFacts } from '../model/app.ts'
import {
  type Follower,
  Guess,
  type Opening,
  type StreamRecogniser,
  type Voice,
} from './recogniser.ts'

const LOOK_BYTES_MAX = 64
const CR = 0x0d
const [SE, SB, WILL, DONT, IAC] = [0xf0, 0xfa, 0xfb, 0xfe, 0xff]
/** End of file, suspend, abort and end of record: RFC 1184, 2.5, and RFC 885. */
const EARLIEST_COMMAND = 0xec

const voice: Voice = { look }

export const telnet: StreamRecogniser = {
  name: 'telnet',
  client: voice,
  server: voice,
  isSymmetric: true,
  later: 'all',
  follow: () => new TelnetFollower(),
}

/** One whole negotiation, with nothing but text and short commands before it. Text alone may be anything. */
function look({ bytes, at, end }: Opening): Guess {
  const stop = Math.min(end, at + LOOK_BYTES_MAX)
  for (let index = at; index < stop; index++) {
    const byte = bytes[index] as number
    if (byte !== IAC && !isText(byte, index > at && bytes[index - 1] === CR)) return Guess.No
    if (byte !== IAC) continue
    if (index + 1 >= stop) return Guess.Unsure
    const command = bytes[index + 1] as number
    if (command >= WILL && command < IAC) return negotiation(bytes, index + 1, stop)
    if (command === SB) return subnegotiation(bytes, index + 2, stop)
    if (command < EARLIEST_COMMAND || command === SE || command === IAC) return Guess.No
    index++
  }
  // Whoever has said so much without a negotiation will not begin one.
  return end - at < LOOK_BYTES_MAX ? Guess.Unsure : Guess.No
}

function negotiation(bytes: Uint8Array, at: number, end: number): Guess {
  if (at + 1 >= end) return Guess.Unsure
  if (!isOption(bytes[at + 1] as number)) return Guess.No
  if (bytes[at] !== DONT) return Guess.Yes
  // IAC DONT is also the byte order mark of UTF-16, whose second letter then ends with a zero.
  if (at + 2 >= end) return Guess.Unsure
  return bytes[at + 2] === 0 ? Guess.No : Guess.Yes
}

/** An option and what concerns it, up to IAC SE (RFC 855). */
function subnegotiation(bytes: Uint8Array, at: number, end: number): Guess {
  if (at < end && !isOption(bytes[at] as number)) return Guess.No
  for (let index = at + 1; index + 1 < end; index++)
    if (bytes[index] === IAC && bytes[index + 1] === SE) return Guess.Yes
  return Guess.Unsure
}

/** Options that IANA has given a number. */
const isOption = (byte: number): boolean =>
  byte <= 49 || (byte >= 138 && byte <= 140) || byte === 255

/** What a printer takes, of zeros only those behind a return (RFC 854), and what people type to interrupt. */
const isText = (byte: number, isBehindReturn: boolean): boolean =>
  byte >= 0x20 ||
  (byte >= 0x07 && byte <= 0x0d) ||
  TYPED.has(byte) ||
  (byte === 0 && isBehindReturn)
const TYPED: ReadonlySet<number> = new Set([0x03, 0x04, 0x15, 0x1b])

/** Listens until both sides have sent data. Whoever logs in does so in clear, and nothing of it is kept. */
class TelnetFollower implements Follower {
  readonly #client = new DataWatch()
  readonly #server = new DataWatch()

  get facts(): Partial<AppFacts> {
    return { isLoginClear: this.isDone }
  }

  get isDone(): boolean {
    return this.#client.hasData && this.#server.hasData
  }

  feed(isClient: boolean, opening: Opening): number {
    const watch = isClient ? this.#client : this.#server
    watch.read(opening)
    return opening.end - opening.at
  }
}

const State = { Text: 0, Command: 1, Option: 2, Inside: 3, InsideCommand: 4 } as const
type State = (typeof State)[keyof typeof State]

/** Tells the data of one side from its commands, which segments may cut anywhere. */
class DataWatch {
  hasData = false
  #state: State = State.Text

  read({ bytes, at, end }: Opening): void {
    for (let index = at; index < end && !this.hasData; index++)
      this.#state = this.#after(bytes[index] as number)
  }

  #after(byte: number): State {
    if (this.#state === State.Text) {
      this.hasData = byte !== IAC
      return byte === IAC ? State.Command : State.Text
    }
    if (this.#state === State.Option) return State.Text
    if (this.#state === State.Inside) return byte === IAC ? State.InsideCommand : State.Inside
    if (this.#state === State.InsideCommand) return byte === SE ? State.Text : State.Inside
    return this.#command(byte)
  }

  #command(byte: number): State {
    if (byte === SB) return State.Inside
    if (byte >= WILL && byte <= DONT) return State.Option
    // Doubled, it is a datum of that value.
    if (byte === IAC) this.hasData = true
    return State.Text
  }
}
