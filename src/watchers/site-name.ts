// W-03: the site's own name at WebEx must be reachable. Where people look up other names of WebEx all day
// and never this one, nobody has shown that it is; the name in the site file may be wrong, too.

import type { NameSighting } from '../model/sighting.ts'
import type { JudgedFlow } from '../model/verdict.ts'
import { limitNs, minutesOf } from './limits.ts'
import type { Watch, Watcher } from './watcher.ts'

const DOMAIN = 'webex.com'

/** Who was told of another name. */
type Told = Pick<NameSighting, 'client' | 'server'>

export class SiteName implements Watcher {
  readonly #watch: Watch
  readonly #windowNs: number
  #isSeen = false
  #other: Told | null = null

  constructor(watch: Watch) {
    this.#watch = watch
    this.#windowNs = limitNs(watch.policy, 'missing_window_s', 900)
  }

  named({ answer, timeNs, client, server }: NameSighting): void {
    const { name, code, addresses } = answer
    if (name === this.#watch.site.webexSite) {
      this.#isSeen = true
      // That it is denied is a finding of its own.
      if (code === 0 && addresses.length > 0) this.#watch.kept('W-03', timeNs)
    } else if (name === DOMAIN || name.endsWith(`.${DOMAIN}`)) this.#other ??= { client, server }
  }

  /** Who knows the address already says the name all the same. */
  ended({ flow, client, server, verdict }: JudgedFlow): void {
    const { webexSite } = this.#watch.site
    if (this.#isSeen || webexSite === null || verdict.kind === 'out_of_scope') return
    if (server.isMeetingPlace || (!client.isWebexUser && !client.isMeetingPlace)) return
    const { protocol, facts } = flow.app
    if (protocol !== 'tls' && protocol !== 'http') return
    this.#isSeen = [facts.sni, ...facts.requests.map(({ target }) => target)].includes(webexSite)
  }

  finish(firstNs: number, nowNs: number): void {
    const { webexSite } = this.#watch.site
    if (this.#isSeen) return
    if (webexSite === null) this.#watch.blind('W-03', 'The site file names no site at WebEx.')
    else if (this.#other === null)
      this.#watch.blind('W-03', 'Nobody was seen looking up any name of WebEx.')
    else if (nowNs - firstNs < this.#windowNs)
      this.#watch.blind('W-03', `Less than ${minutesOf(this.#windowNs)} were seen.`)
    else this.#tell(webexSite, this.#other, firstNs, nowNs)
  }

  #tell(name: string, { client, server }: Told, firstNs: number, lastNs: number): void {
    this.#watch.observe({
      ...{ verdict: 'missing', reason: 'site_name_unused', row: 'W-03' },
      ...{ source: client, destination: server, service: 'udp/53' },
      ...{ confidence: 'possible', proofs: 1 },
      title: `Nobody looked up ${name}, though other names of WebEx were looked up`,
      fix: 'Check webex_site in the site file, and that this name resolves for users.',
      expected: `users look up ${name}`,
      why: [`In ${minutesOf(lastNs - firstNs)}, look-ups of WebEx never named ${name}.`],
      ...{ firstNs, lastNs, flows: [], frames: [] },
    })
  }
}
