// Captures in, what their hosts do out. Nothing is judged, and no site is needed.

import { openSource } from '../../capture/source.ts'
import { DYNAMIC_PORTS } from '../../flows/direction.ts'
import type { CaptureInfo } from '../../model/chunk.ts'
import { ROLES, type Site } from '../../model/inventory.ts'
import type { Policy } from '../../model/policy.ts'
import { Monitor } from '../../monitor.ts'
import { type Output, run } from '../../pipeline.ts'
import { Inventory } from '../../policy/inventory.ts'
import { conditionsOf, Rulebook } from '../../policy/rulebook.ts'
import { ProgressLine } from '../progress.ts'
import { Behaviours } from './behaviour.ts'
import { type Judged, judged } from './score.ts'

export interface Observed {
  readonly hosts: readonly Judged[]
  /** Hosts beyond those that are kept. */
  readonly leftOut: number
  readonly captures: readonly CaptureInfo[]
  /** What the reader has to tell besides. */
  readonly notes: readonly string[]
}

/** Reads the captures to their end; with a site, the addresses of a node count as one host. */
export async function observed(
  captures: readonly string[],
  { policy, site, quiet }: { policy: Policy; site: Site | null; quiet: boolean },
): Promise<Observed> {
  const book = bookOfAll(policy, site)
  const inventory = site === null ? null : new Inventory(site, policy.webex.ranges)
  const behaviours = new Behaviours(book, address => {
    const node = inventory?.place(address).node ?? null
    return { name: node?.name ?? address.text, isDeclared: node !== null }
  })
  const line = quiet ? null : new ProgressLine(process.stderr.isTTY === true)
  const source = openSource(captures, {
    hash: false,
    ...(line === null ? {} : { onProgress: progress => line.show(progress) }),
  })
  const monitor = new Monitor({
    // The seed moves entries about in the indexes and never a result.
    ...{ seed: 1, dedup: true, compliance: null },
    ports: {
      isReserved: (protocol, port) => book.isReserved(protocol, port),
      dynamicPorts: ({ address }) => inventory?.place(address).node?.dynamicPorts ?? DYNAMIC_PORTS,
    },
    ...{ fromSeconds: Number.NEGATIVE_INFINITY, toSeconds: Number.POSITIVE_INFINITY },
  })
  const taking: Output = {
    take({ flows }) {
      for (const { flow } of flows) behaviours.take(flow)
    },
  }
  try {
    await run(source, monitor, [taking])
  } finally {
    line?.end()
  }
  return {
    hosts: judged(behaviours.hosts, policy.rows),
    leftOut: behaviours.leftOut,
    captures: source.captures,
    notes: source.notes,
  }
}

/** Every row is in force: what the site declares is not taken for granted here. */
function bookOfAll(policy: Policy, site: Site | null): Rulebook {
  const all = { declared: new Set<string>(ROLES), externalUsers: true }
  const nothing = { socksPort: null, webexSite: null, gwsim: new Map(), sensors: [] }
  return new Rulebook(policy, { ...(site === null ? nothing : conditionsOf(site, [])), ...all })
}
