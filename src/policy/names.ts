// Which names addresses had, as name servers told it: the ground on which WebEx is told by name
// and on which a name server that denies one is (W-02). Only names of the WebEx domain are
// kept, so that it grows with those and not with the traffic.

import { type Address, addressOf, isPublic } from '../model/address.ts'
import type { NameAnswer } from '../model/app.ts'
import type { Endpoint } from '../model/flow.ts'

const DOMAIN = 'webex.com'
const ADDRESSES_MAX = 65_536
const NAMES_MAX = 65_536
const DENIALS_MAX = 65_536
const PERIODS_MAX = 4
const ANSWERS_MAX = 8
/** Browsers and proxies keep an address for about as long, however short its time to live is. */
const HOLD_NS_MIN = 60e9
// Response codes, RFC 6895, 2.3.
const [NO_ERROR, NO_SUCH_NAME, REFUSED] = [0, 3, 5]

/** The domain itself or anything below it, on label boundaries. */
export const isWebexName = (name: string): boolean => name === DOMAIN || name.endsWith(`.${DOMAIN}`)

/** The two ends of a flow, whichever of them is the client. */
export interface Ends {
  readonly low: Endpoint
  readonly high: Endpoint
}

/**
 * A name server said that there is no such name, that it will not tell, or an address that is
 * nowhere.
 */
export interface Denial {
  readonly name: string
  readonly how: 'no_such_name' | 'refused' | 'sinkhole'
}

/** An address had a name for a while. Nanoseconds since the run's epoch. */
interface Period {
  readonly name: string
  readonly sinceNs: number
  /** Until when the address stands for the name. */
  untilNs: number
  /** When the answer ran out, whatever else the address may have been told for. */
  expiresNs: number
}

/**
 * A question is about one family of addresses, so an answer about the other says nothing of this
 * one.
 */
interface Answer {
  readonly timeNs: number
  readonly version: 4 | 6
  readonly addresses: ReadonlySet<string>
}

type Moment = { readonly firstNs: number; readonly lastNs: number }

export class NameBook {
  /** By address; the latest period last. */
  #periods = new Map<string, Period[]>()
  /** By name; the latest answer last. */
  #answers = new Map<string, Answer[]>()
  /** By the ends of the flow in which it was said. */
  #denials = new Map<string, Denial & { readonly timeNs: number }>()

  /** Goes on with what another book has learned, which is not used any more. */
  inherit(former: NameBook): void {
    this.#periods = former.#periods
    this.#answers = former.#answers
    this.#denials = former.#denials
  }

  /** Whether an answer for the name at `at`, in DNS's own form, could change anything here. */
  isWanted(bytes: Uint8Array, at: number, end: number): boolean {
    return this.#periods.size > 0 || isWebexQuestion(bytes, at, end)
  }

  /** Takes up what a name server answered at this time, in the flow between these ends. */
  learn(answer: NameAnswer, timeNs: number, ends: Ends): void {
    if (isWebexName(answer.name)) this.#learn(answer, timeNs, ends)
    else this.#end(answer, timeNs)
  }

  /** The name for which the address stood at this time; null where it was told for none. */
  nameAt(address: Address, atNs: number): string | null {
    // Every flow asks; an address of IPv6 has no text until somebody wants it.
    if (this.#periods.size === 0) return null
    const period = this.#periods.get(address.text)?.findLast(({ sinceNs }) => sinceNs <= atNs)
    return period !== undefined && atNs <= period.untilNs ? period.name : null
  }

  /** The last name that the address had by this time, though it may be out of date. */
  lastNameOf({ text }: Address, atNs: number): string | null {
    return this.#periods.get(text)?.findLast(({ sinceNs }) => sinceNs <= atNs)?.name ?? null
  }

  /**
   * Whether by this time the name had left the address: its answer ran out, and a newer one lacks
   * it.
   */
  hasLeft({ text, version }: Address, name: string, atNs: number): boolean {
    const period = this.#periods
      .get(text)
      ?.findLast(one => one.sinceNs <= atNs && one.name === name)
    if (period === undefined || atNs <= period.expiresNs) return false
    const latest = this.#answers
      .get(name)
      ?.findLast(one => one.timeNs <= atNs && one.version === version)
    return latest !== undefined && !latest.addresses.has(text)
  }

  /** The name of WebEx that was denied to the flow's client; null where none was. */
  denialIn(client: Endpoint, server: Endpoint, { firstNs, lastNs }: Moment): Denial | null {
    if (this.#denials.size === 0) return null
    const denial =
      this.#denials.get(keyOf(client, server)) ?? this.#denials.get(keyOf(server, client))
    if (denial === undefined || denial.timeNs < firstNs || denial.timeNs > lastNs) return null
    return denial
  }

  #learn(answer: NameAnswer, timeNs: number, ends: Ends): void {
    const addresses = answer.addresses.map(bytes => addressOf(bytes))
    const told = addresses.filter(isPublic)
    const how = denialOf(answer, told.length)
    const key = keyOf(ends.low, ends.high)
    if (how !== null) put(this.#denials, key, { name: answer.name, how, timeNs }, DENIALS_MAX)
    const [first] = told
    if (first === undefined) return
    if (this.#denials.get(key)?.name === answer.name) this.#denials.delete(key)
    for (const { text } of told) this.#tell(text, answer, timeNs)
    const texts = new Set(told.map(({ text }) => text))
    const answers = [
      ...(this.#answers.get(answer.name) ?? []),
      { timeNs, version: first.version, addresses: texts },
    ]
    put(this.#answers, answer.name, answers.slice(-ANSWERS_MAX), NAMES_MAX)
  }

  #tell(text: string, { name, ttlSeconds }: NameAnswer, timeNs: number): void {
    const periods = this.#periods.get(text) ?? []
    const expiresNs = timeNs + Math.max(ttlSeconds * 1e9, HOLD_NS_MIN)
    const last = periods.at(-1)
    if (last !== undefined && last.name === name && timeNs <= last.untilNs) {
      last.untilNs = last.expiresNs = Math.max(last.expiresNs, expiresNs)
    } else periods.push({ name, sinceNs: timeNs, untilNs: expiresNs, expiresNs })
    put(this.#periods, text, periods.slice(-PERIODS_MAX), ADDRESSES_MAX)
  }

  /**
   * Hosts of content networks serve many names: told for another one, an address proves nothing
   * more.
   */
  #end({ addresses }: NameAnswer, timeNs: number): void {
    if (this.#periods.size === 0) return
    for (const bytes of addresses) {
      const last = this.#periods.get(addressOf(bytes).text)?.at(-1)
      if (last !== undefined) last.untilNs = Math.min(last.untilNs, timeNs)
    }
  }
}

/** The last two labels of the domain and the root, letters in lower case (RFC 1035, 3.1; RFC 4343). */
const SUFFIX = [5, ...[...'webex'].map(letter => letter.charCodeAt(0)), 3, 0x63, 0x6f, 0x6d, 0]
const NAME_BYTES_MAX = 255
const LETTER_CASE = 0x20

/** Whether the name that begins at `at` ends in the domain. Labels are passed over by their lengths. */
function isWebexQuestion(bytes: Uint8Array, at: number, end: number): boolean {
  const stop = Math.min(end, at + NAME_BYTES_MAX)
  for (let label = at; label < stop; label += (bytes[label] as number) + 1) {
    if (bytes[label] !== SUFFIX[0] || label + SUFFIX.length > stop) continue
    if (SUFFIX.every((byte, index) => isSame(bytes[label + index] as number, byte))) return true
  }
  return false
}

const isSame = (byte: number, wanted: number): boolean =>
  byte === wanted || (wanted >= 0x61 && (byte | LETTER_CASE) === wanted)

/** How the answer denies its name. Names of services (RFC 8552) need not exist at all. */
function denialOf(
  { name, code, addresses }: NameAnswer,
  publicCount: number,
): Denial['how'] | null {
  if (code === NO_SUCH_NAME) return name.includes('_') ? null : 'no_such_name'
  if (code === REFUSED) return 'refused'
  return code === NO_ERROR && addresses.length > 0 && publicCount === 0 ? 'sinkhole' : null
}

const keyOf = (one: Endpoint, other: Endpoint): string =>
  `${one.address.text} ${one.port} ${other.address.text} ${other.port}`

/** Sets the value as the newest; beyond the bound the oldest goes. */
function put<Value>(map: Map<string, Value>, key: string, value: Value, max: number): void {
  map.delete(key)
  const [oldest] = map.keys()
  if (map.size >= max && oldest !== undefined) map.delete(oldest)
  map.set(key, value)
}
