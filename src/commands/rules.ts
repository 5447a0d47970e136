// The policy and the site that a command works with, loaded together so that every problem of both is
// told at once.

import { existsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { Option } from 'commander'
import { noSuch } from '../config/no-such.ts'
import { filesIn, loadPolicy, type RuleFiles } from '../config/policy.ts'
import { type LoadedSite, loadSite } from '../config/site.ts'
import { type Problem, UsageError } from '../model/errors.ts'
import type { Site } from '../model/inventory.ts'
import type { Policy } from '../model/policy.ts'
import { RULES } from './files.ts'

export const rulesOption = (): Option =>
  new Option('--rules <folder>', 'the policy: a folder, or a policy file alone').default(
    RULES,
    'the one that comes with mpwatch',
  )

export interface Rules {
  /** The exceptions of the site joined to its own. */
  readonly policy: Policy
  readonly site: Site
  /** Of the site file; lint.ts has those of the policy. */
  readonly warnings: readonly Problem[]
}

/**
 * The files of a folder, or a policy file with what stands beside it; the WebEx ranges and practice items
 * that do not are those of mpwatch, so that an old policy file alone can be judged by.
 */
export function ruleFiles(path: string): RuleFiles {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return filesIn(path)
  const beside = filesIn(dirname(path))
  const own = filesIn(RULES)
  const found = (key: 'webex' | 'practice') => (existsSync(beside[key]) ? beside[key] : own[key])
  return { policy: path, webex: found('webex'), practice: found('practice') }
}

/** @throws UsageError with every problem of policy and site. */
export function loadRules(rules: string, siteFile: string): Rules {
  const problems: Problem[] = []
  const loaded = tried(() => loadPolicy(ruleFiles(rules)), problems)
  const { site, exceptions, warnings } = tried(() => loadSite(siteFile), problems) ?? NOT_LOADED
  if (loaded === undefined || site === undefined) throw new UsageError(problems)
  const { policy } = loaded
  return {
    policy: { ...policy, exceptions: [...policy.exceptions, ...exceptions] },
    site,
    warnings,
  }
}

/** The sensor that was named, or the only one there is; null where that is not known. */
export function sensorOf({ sensors }: Site, name: string | undefined): string | null {
  const names = sensors.map(sensor => sensor.name)
  if (name === undefined) return names.length === 1 ? (names[0] ?? null) : null
  if (names.includes(name)) return name
  throw new UsageError([{ where: '--sensor', message: noSuch('sensor', name, names) }])
}

const NOT_LOADED: Partial<LoadedSite> & Pick<LoadedSite, 'exceptions' | 'warnings'> = {
  exceptions: [],
  warnings: [],
}

/** What the loader gives; undefined, with its problems noted, where it refuses. */
function tried<Value>(load: () => Value, problems: Problem[]): Value | undefined {
  try {
    return load()
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    problems.push(...error.problems)
    return undefined
  }
}

/** The same as a list, which is empty where nobody has named one. */
export function sensorsNamed(site: Site, name: string | undefined): readonly string[] {
  const sensor = sensorOf(site, name)
  return sensor === null ? [] : [sensor]
}
