// Which capturing programs there are, and which of them would be taken.

import { createRequire } from 'node:module'
import { locatedTool } from '../../capture/live/tools.ts'
import type { WatchConfig } from '../../model/watch-config.ts'
import { ask, isProgram } from './ask.ts'
import { type Check, checkOf } from './check.ts'

export interface Tool {
  readonly name: 'tcpdump' | 'dumpcap'
  readonly path: string
}

const PACKAGES = { tcpdump: 'tcpdump', dumpcap: 'wireshark-common' } as const

export interface ToolsFound {
  readonly checks: readonly Check[]
  /** The one that would capture, even if it is closed to this user; null where it is cap, or none. */
  readonly chosen: Tool | null
}

export async function findTools({ capture }: WatchConfig): Promise<ToolsFound> {
  const found = (['tcpdump', 'dumpcap'] as const).map(name => ({
    name,
    path: locatedTool(name, capture.tools[name]),
  }))
  const isWanted = (name: string): boolean => capture.tool === 'auto' || capture.tool === name
  const usable = found.filter(({ name, path }) => path !== null && isWanted(name))
  const { path, name } = usable[0] ?? { path: null, name: null }
  const chosen = path === null || name === null ? null : { name, path }
  const cap = await capCheck(chosen === null && isWanted('cap'))
  const others = found.map(({ name: own, path: at }): Check => {
    const check = checkOf('tool', own)
    if (at !== null && isProgram(at))
      return check('ok', `${at}${own === chosen?.name ? ', which would capture' : ''}`)
    const isNeeded = capture.tool === own || (chosen === null && own === 'tcpdump' && isWanted(own))
    const state = own === chosen?.name || (isNeeded && cap.state !== 'ok') ? 'fail' : 'warn'
    const stated = at ?? capture.tools[own]
    return stated === null
      ? check(state, 'is not installed', `sudo apt-get install ${PACKAGES[own]}`)
      : check(state, `${stated} is no program that this user may run`)
  })
  // A second program that is missing is no loss.
  const told = chosen === null ? others : others.filter(({ state }) => state !== 'warn')
  return { checks: [...told, ...(chosen === null || capture.tool === 'cap' ? [cap] : [])], chosen }
}

/** Loads it in a process of its own, since it can take the process with it. */
async function capCheck(isNeeded: boolean): Promise<Check> {
  const check = checkOf('tool', 'cap')
  const state = isNeeded ? 'fail' : 'warn'
  const path = capPath()
  if (path === null)
    return check(state, 'the optional package is not installed', 'npm install --include=optional')
  const { code, stderr } = await ask(process.execPath, ['-e', 'require(process.argv[1])', path])
  if (code === 0) return check('ok', 'loads; without kernel timestamps, so that no latency is told')
  const why = /^(?:Error: )?(.*(?:Cannot find module|NODE_MODULE_VERSION|cannot open).*)$/m.exec(
    stderr,
  )?.[1]
  return check(
    state,
    `is installed and does not load (${why ?? 'it ends with an error'}): it must be built for this Node`,
    'sudo apt-get install libpcap-dev build-essential python3',
    'npm rebuild cap',
  )
}

function capPath(): string | null {
  try {
    return createRequire(import.meta.url).resolve('cap')
  } catch {
    return null
  }
}
