// What is judged by: whether policy and site load, and whether the interfaces are sensors of the site.

import { lintPolicy } from '../../config/lint.ts'
import { placedIn } from '../../config/watch-interfaces.ts'
import { UsageError } from '../../model/errors.ts'
import type { Site } from '../../model/inventory.ts'
import { counted, shellWord } from '../../model/text.ts'
import type { WatchConfig } from '../../model/watch-config.ts'
import { RULES } from '../files.ts'
import { loadRules, type Rules } from '../rules.ts'
import { type Check, checkOf } from './check.ts'

const PROBLEMS_MAX = 20

export function ruleChecks(config: WatchConfig): readonly Check[] {
  const rules = config.rules ?? RULES
  if (config.site === null)
    return [
      checkOf('rules')(
        'warn',
        'no site file was named, so nothing can be judged by',
        'cp rules/site.example.yaml site.yaml',
        'mpwatch doctor --site site.yaml',
      ),
    ]
  const loaded = tried(() => loadRules(rules, config.site ?? ''))
  if ('wrong' in loaded)
    return loaded.wrong.map(problem => checkOf('rules')('fail', problem)).slice(0, PROBLEMS_MAX)
  return [rulesCheck(config, rules, loaded.value), ...sensorChecks(config, loaded.value.site)]
}

function rulesCheck({ site }: WatchConfig, rules: string, { policy, warnings, ...loaded }: Rules) {
  const check = checkOf('rules')
  const remarks = [...warnings, ...lintPolicy(policy, loaded.site, new Date().toISOString())]
  const text = `${counted(policy.rows.length, 'row')} and the site ${loaded.site.name} load`
  return remarks.length === 0
    ? check('ok', text)
    : check(
        'warn',
        `${text}, with ${counted(remarks.length, 'remark')}`,
        `mpwatch policy check --rules ${shellWord(rules)} --site ${shellWord(site ?? '')}`,
      )
}

function sensorChecks({ interfaces }: WatchConfig, site: Site): readonly Check[] {
  if (interfaces.length === 0) return []
  const placed = tried(() => placedIn(site, interfaces))
  const check = checkOf('sensors')
  if ('wrong' in placed) return placed.wrong.map(problem => check('fail', problem))
  if (placed.value.sensors.length > 0) {
    const pairs = placed.value.interfaces.map(({ name, sensorName }) => `${sensorName}=${name}`)
    return [check('ok', pairs.join(', '))]
  }
  const names = site.sensors.map(({ name }) => name)
  const advice =
    names.length === 0
      ? 'the site declares none (sensors), so silence proves no filter'
      : `nobody says which of ${names.join(', ')} listens here, so silence proves no filter (--sensor)`
  return [check('warn', advice)]
}

/** What is loaded, or one sentence for each problem. */
function tried<T>(load: () => T): { readonly value: T } | { readonly wrong: readonly string[] } {
  try {
    return { value: load() }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    return {
      wrong: error.problems.map(({ where, message }) =>
        where === '' ? message : `${where}: ${message}`,
      ),
    }
  }
}
