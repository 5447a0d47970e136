// M-03 to M-05: whose Media Servers are whose. In one datacenter both Application Servers may use all of
// them; with the Application Servers apart, each place has its own, and those of the second place rest while
// the Application Server of the first one is active.

import type { Node, Placement } from '../../model/inventory.ts'
import type { Observation } from '../../model/observation.ts'
import type { JudgedFlow } from '../../model/verdict.ts'
import type { Watch } from '../watcher.ts'
import { isShared } from './neighbours.ts'
import type { Owners } from './owners.ts'
import type { ActiveNode } from './shared-address.ts'

const SHARED = 'M-03'
const DUPLICATED = 'M-04'
const AT_REST = 'M-05'
/** MPI, DCI and XML control of the Media Servers: I-19, I-20, I-21. */
const CONTROL_PORTS: readonly number[] = [2010, 3333, 3336]

/** An Application Server controls a Media Server. */
interface Use {
  /** By the address that was seen. */
  readonly app: Placement
  /** The server itself. */
  readonly node: Node
  readonly media: Placement
  readonly blade: Node
  readonly judged: JudgedFlow
}

export class MediaUse {
  readonly #watch: Watch
  readonly #active: ActiveNode
  readonly #apps: readonly Node[]
  readonly #media: readonly Node[]
  /** Where the first Application Server stands: at the site that gives the file its name, if one does. */
  readonly #firstSite: string | null
  readonly #isSpread: boolean
  /** By Media Server, the Application Servers that were seen using it. */
  readonly #users = new Map<string, Set<string>>()
  #hasTold = false
  /** What is known of each statement so far: that it was kept, or broken. */
  readonly #known = new Set<string>()

  constructor(watch: Watch, owners: Owners, active: ActiveNode) {
    this.#watch = watch
    this.#active = active
    this.#apps = owners.nodes
    this.#media = watch.site.nodes.filter(({ roles }) => roles.some(isMediaRole))
    const sites = this.#apps.map(({ site }) => site)
    this.#firstSite = sites.find(site => site === watch.site.name) ?? sites[0] ?? null
    this.#isSpread = new Set(sites).size > 1
  }

  ended(judged: JudgedFlow): void {
    const { client, server, flow } = judged
    const isMedia = flow.app.protocol === 'rtp'
    for (const media of isMedia ? [client, server] : [server]) {
      const blade = media.node
      if (blade === null || !media.labels.has('media')) continue
      const isControlled = !isMedia && isControl(judged)
      const node = isControlled ? this.#serverBehind(judged) : null
      if (node !== null) this.#controls({ app: client, node, media, blade, judged })
      // A stream that nobody takes shows no use of the blade; what it sends itself does.
      if (isControlled || (isMedia && hasSent(media, judged))) this.#inUse(media, blade, judged)
    }
  }

  tick(nowNs: number): void {
    this.#declared(nowNs)
  }

  finish(_firstNs: number, nowNs: number): void {
    this.#declared(nowNs)
    for (const statement of [SHARED, DUPLICATED, AT_REST])
      if (!this.#known.has(statement)) this.#watch.blind(statement, this.#why(statement))
  }

  /** The Application Server that is the client; of the shared address, who had it all the time. */
  #serverBehind({ client, flow: { firstNs, lastNs } }: JudgedFlow): Node | null {
    if (client.node === null || !client.labels.has('app')) return null
    const name = isShared(client.node)
      ? this.#active.activeDuring(firstNs, lastNs)
      : client.node.name
    return this.#apps.find(node => node.name === name) ?? null
  }

  #controls(use: Use): void {
    const { node, blade, judged } = use
    const users = this.#users.get(blade.name) ?? new Set<string>()
    this.#users.set(blade.name, users)
    users.add(node.name)
    const { lastNs } = judged.flow
    if (!this.#isSpread && users.size > 1) this.#keep(SHARED, lastNs)
    if (!this.#isSpread || node.site === this.#firstSite) return
    if (node.site === blade.site) this.#keep(DUPLICATED, lastNs)
    else this.#observe(DUPLICATED, this.#acrossSites(use))
  }

  /** The document speaks of the second place only: nothing rests at the first one. */
  #inUse(media: Placement, blade: Node, judged: JudgedFlow): void {
    if (!this.#isSpread || blade.site === this.#firstSite) return
    const { firstNs, lastNs } = judged.flow
    const name = this.#active.activeDuring(firstNs, lastNs)
    const active = this.#apps.find(node => node.name === name)
    if (active === undefined) return
    if (active.site === blade.site) this.#keep(AT_REST, lastNs)
    else this.#observe(AT_REST, this.#awake(media, blade, active, judged))
  }

  /** What the site file itself says, told once, at the first moment that has a time. */
  #declared(nowNs: number): void {
    if (this.#hasTold || !this.#isSpread) return
    this.#hasTold = true
    for (const app of this.#apps) {
      const [address] = app.addresses
      if (address === undefined || this.#media.some(({ site }) => site === app.site)) continue
      this.#observe(DUPLICATED, this.#without(app, this.#watch.place(address), nowNs))
    }
  }

  #why(statement: string): string {
    if (statement === SHARED && this.#isSpread)
      return 'The Application Servers stand at two sites, and the statement is about one datacenter.'
    if (statement === SHARED) return 'No Media Server was seen in use by both Application Servers.'
    if (!this.#isSpread)
      return 'All Application Servers stand at one site, and the statement is about two.'
    if (statement === DUPLICATED)
      return 'The second Application Server was not seen controlling a Media Server.'
    return 'No Media Server of the second site was seen in use while it was known which Application Server was active.'
  }

  #acrossSites({ app, node, media, blade, judged }: Use): Observation {
    return {
      ...finding(DUPLICATED, 'media_not_duplicated', app, media),
      service: `tcp/${judged.flow.server.port}`,
      title: `${node.name} at ${node.site} controls ${media.name} at ${blade.site}`,
      fix: `Give ${node.site} Media Servers of its own, and let ${node.name} use no others.`,
      expected: `app at ${node.site} -> media at ${node.site}`,
      why: [`The connection to ${media.name} was answered.`],
      ...momentOf(judged),
    }
  }

  #awake(media: Placement, blade: Node, active: Node, judged: JudgedFlow): Observation {
    const isMedia = judged.flow.app.protocol === 'rtp'
    const use = isMedia ? 'carries media' : 'is being controlled'
    return {
      ...finding(AT_REST, 'standby_media_in_use', media, media),
      title: `${media.name} at ${blade.site} ${use} while ${active.name} at ${active.site} is active`,
      fix: `Find out who uses ${media.name}: while ${active.name} is active, calls belong on the Media Servers at ${active.site}.`,
      expected: `media at ${blade.site} in use while the Application Server there is active`,
      why: [`${active.name} had the shared address all the time that the flow lasted.`],
      ...momentOf(judged),
    }
  }

  #without(app: Node, placement: Placement, nowNs: number): Observation {
    return {
      ...finding(DUPLICATED, 'media_not_duplicated', placement, placement),
      title: `${app.site} has an Application Server and no Media Server`,
      fix: `Put Media Servers at ${app.site}, or declare those that are there with "site: ${app.site}".`,
      expected: 'media at each site of an Application Server',
      why: [`The site file declares ${app.name} at ${app.site}, and no Media Server there.`],
      ...{ firstNs: nowNs, lastNs: nowNs, flows: [] },
    }
  }

  #keep(statement: string, ns: number): void {
    this.#known.add(statement)
    this.#watch.kept(statement, ns)
  }

  #observe(statement: string, observation: Observation): void {
    this.#known.add(statement)
    this.#watch.observe(observation)
  }
}

const hasSent = (end: Placement, { client, flow }: JudgedFlow): boolean =>
  (end === client ? flow.toServer : flow.toClient).packets > 0

const isMediaRole = (role: string): boolean => role === 'media-audio' || role === 'media-video'

/** A control connection over which both sides said something; its server is the Media Server. */
const isControl = ({ flow }: JudgedFlow): boolean =>
  flow.transport === 'tcp' &&
  CONTROL_PORTS.includes(flow.server.port) &&
  flow.data.client &&
  flow.data.server

/** What all of these observations have in common. */
type Framework = Omit<
  Observation,
  'title' | 'fix' | 'expected' | 'why' | 'firstNs' | 'lastNs' | 'flows'
>

const momentOf = (judged: JudgedFlow) => ({
  ...{ firstNs: judged.flow.firstNs, lastNs: judged.flow.lastNs, flows: [judged] },
})

const finding = (
  row: string,
  reason: string,
  source: Placement,
  destination: Placement,
): Framework => ({
  ...{ verdict: 'topology', row, reason, source, destination, service: null },
  ...{ confidence: 'confirmed', proofs: 1, frames: [] },
})
