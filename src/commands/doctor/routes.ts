// Whether each route of alerts would work: its secret, the way to its receiver, and whether what it is to tell exists.
// Nothing is sent to anybody who reads it; for that there is mpwatch alert test.

import { openTransport } from '../../alerts/open-transport.ts'
import { UsageError } from '../../model/errors.ts'
import type {
  RouteConfig,
  RouteTarget,
  SecretSource,
  WatchConfig,
} from '../../model/watch-config.ts'
import { groundsOf } from '../../watch/grounds.ts'
import { loadFor } from '../../watch/rules-loader.ts'
import { type Check, checkOf } from './check.ts'
import { secretFor } from './secrets.ts'

const ANSWER_MS_MAX = 3000

export async function routeChecks(config: WatchConfig): Promise<readonly Check[]> {
  const known = namesIn(config)
  const checks = config.routes.map(async route => [
    await wayCheck(route),
    ...(known === null ? [] : filterChecks(route, known)),
  ])
  return (await Promise.all(checks)).flat()
}

async function wayCheck({ name, target }: RouteConfig): Promise<Check> {
  const check = checkOf('route', name)
  for (const source of sourcesOf(target)) {
    const read = await secretFor(source, check)
    if ('failed' in read) return read.failed
  }
  const grounds = groundsOf({ sensors: [], nowMs: () => Date.now() })
  const transport = openTransport(target, grounds)
  try {
    const wrong = await transport.check(AbortSignal.timeout(ANSWER_MS_MAX))
    return wrong === null
      ? check('ok', `${transport.where} can be reached`)
      : check('fail', `${transport.where}: ${wrong}`)
  } finally {
    await transport.close()
  }
}

/** Where its secrets stand; the URL of a webhook may be one. */
function sourcesOf(target: RouteTarget): readonly SecretSource[] {
  const url = target.kind === 'webhook' && typeof target.url !== 'string' ? [target.url] : []
  const secret = 'secret' in target && target.secret !== null ? [target.secret] : []
  return [...url, ...secret]
}

interface Known {
  readonly rows: ReadonlySet<string>
  readonly nodes: ReadonlySet<string>
  readonly site: string
}

/** Of policy and site; null where they cannot be read, which another check tells. */
function namesIn({ site, rules, interfaces }: WatchConfig): Known | null {
  if (site === null) return null
  try {
    const loaded = loadFor(rules, site, interfaces)
    const rows = [...loaded.policy.rows.map(({ id }) => id), ...loaded.policy.statements.keys()]
    return {
      rows: new Set([...rows, 'unlisted']),
      nodes: new Set(loaded.site.nodes.map(({ name }) => name)),
      site: loaded.site.name,
    }
  } catch (error) {
    if (error instanceof UsageError) return null
    throw error
  }
}

/** A route that waits for what there is not is silent for ever. */
function filterChecks({ name, filter }: RouteConfig, known: Known): readonly Check[] {
  const { rows, nodes, sites } = filter
  const strange = [
    ...(rows ?? []).filter(row => !known.rows.has(row)),
    ...(nodes ?? []).filter(node => !node.includes('@') && !known.nodes.has(node)),
    ...(sites === null || sites.includes(known.site) ? [] : sites),
  ]
  return strange.length === 0
    ? []
    : [
        checkOf('route', name)(
          'warn',
          `its filter names what neither policy nor site has: ${strange.join(', ')}`,
        ),
      ]
}
