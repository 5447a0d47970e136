// Whether packets may be captured: the interface is really opened, with the buffer and the filter that watching
// would use, by the program that would do it. Asked for the filter's code alone (-d), it opens the interface,
// captures nothing, leaves it as it is (-p) and ends.

import { realpathSync } from 'node:fs'
import { shellWord } from '../../model/text.ts'
import type { WatchConfig } from '../../model/watch-config.ts'
import { type Answer, ask, isProgram, statusOfSelf, textOfFile, userName } from './ask.ts'
import { type Check, checkOf } from './check.ts'
import type { Tool } from './tools.ts'

const KIB = 1024
const MIB = 1_048_576
/** As packaging/mpwatch.service has it. */
const OWN_COPY = '/usr/local/libexec/mpwatch/tcpdump'

export async function permissionChecks(
  tool: Tool,
  { capture, interfaces }: WatchConfig,
): Promise<readonly Check[]> {
  const checks = interfaces.map(async ({ name }) => {
    const opened = (filter: string | null): Promise<Answer> =>
      ask(tool.path, argumentsFor(tool, name, { ...capture, filter }))
    const answer = await opened(capture.filter)
    // That there is no such interface was told before.
    if (NO_INTERFACE.test(answer.stderr)) return []
    const isFilter = capture.filter !== null && !isOpened(answer) && isOpened(await opened(null))
    return [isFilter ? filterCheck(tool, name, answer) : verdict(tool, name, answer)]
  })
  return (await Promise.all(checks)).flat()
}

const NO_INTERFACE = /no such device|doesn't exist/i

/** It shows the filter's code. Its exit code says nothing: dumpcap ends with 0 whatever happens. */
const isOpened = ({ stdout }: Answer): boolean => /^\(000\) /m.test(stdout)

function argumentsFor(
  { name: tool }: Tool,
  name: string,
  { snapBytes, bufferBytes, filter }: WatchConfig['capture'],
): readonly string[] {
  const common = ['-i', name, '-p', '-d', '-s', String(snapBytes)]
  return tool === 'tcpdump'
    ? [...common, '-B', String(bufferBytes / KIB), ...(filter === null ? [] : ['--', filter])]
    : [...common, '-B', String(bufferBytes / MIB), ...(filter === null ? [] : ['-f', filter])]
}

function verdict(tool: Tool, name: string, answer: Answer): Check {
  const check = checkOf('permission', name)
  if (isOpened(answer)) return check('ok', `${tool.name} may capture`)
  const { stderr } = answer
  const said = saidBy(stderr)
  if (!isProgram(tool.path) || /permission|not permitted/i.test(stderr)) {
    const { text, fix } = remedyFor(tool)
    return check('fail', text, ...fix)
  }
  if (/memory|buffer|mmap/i.test(stderr))
    return check(
      'fail',
      `${tool.name} does not get its buffer, so take less (--buffer-mib): ${said}`,
    )
  return check('fail', `${tool.name} cannot open it: ${said}`)
}

const filterCheck = (tool: Tool, name: string, { stderr }: Answer): Check =>
  checkOf('permission', name)('fail', `${tool.name} does not take the filter: ${saidBy(stderr)}`)

const SAID_CHARACTERS_MAX = 300

const saidBy = (stderr: string): string => {
  const lines = stderr.split('\n').map(line => line.trim())
  const own = lines.filter(line => line !== '' && !/^(Capturing on|Warning)/.test(line))
  return (own.slice(0, 2).join(' ') || 'it ended without a word').slice(0, SAID_CHARACTERS_MAX)
}

interface Remedy {
  readonly text: string
  readonly fix: readonly string[]
}

/** Capabilities of a file, for one group alone. `chgrp` takes them away, so they come last. */
function remedyFor({ name, path }: Tool): Remedy {
  const user = userName()
  const text = `${name} may not capture as this user (${user})`
  if (/^NoNewPrivs:\s*1$/m.test(statusOfSelf()))
    return {
      text: `${text}, and nothing can give it the right: this process was started with no-new-privileges, under which capabilities of files do nothing. In a systemd unit say NoNewPrivileges=no, and none of the options that imply it`,
      fix: [],
    }
  if (name === 'dumpcap')
    return {
      text: `${text}. Let the group wireshark capture, join it, and log in anew`,
      fix: ['sudo dpkg-reconfigure wireshark-common', `sudo usermod -aG wireshark ${user}`],
    }
  const program = realpathOf(path)
  const join = ['sudo groupadd -f mpwatch', `sudo usermod -aG mpwatch ${user}`]
  if (isNosuid(program))
    return {
      text: `${text}, and ${program} lies on a file system mounted nosuid, where capabilities of files do nothing. Make a copy elsewhere, and name it in the configuration (capture: tools: tcpdump)`,
      fix: [
        ...join,
        `sudo install -D -o root -g mpwatch -m 0750 ${shellWord(program)} ${OWN_COPY}`,
        `sudo setcap cap_net_raw=ep ${OWN_COPY}`,
      ],
    }
  return {
    text: `${text}. Let a group capture with it, and nobody else; then log in anew`,
    fix: [
      ...join,
      `sudo chgrp mpwatch ${shellWord(program)}`,
      `sudo chmod 750 ${shellWord(program)}`,
      `sudo setcap cap_net_raw=ep ${shellWord(program)}`,
    ],
  }
}

function realpathOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

/** Whether the mount that holds the path ignores what files would grant. proc(5), mountinfo. */
export function isNosuid(path: string, mounts = textOfFile('/proc/self/mountinfo')): boolean {
  let longest = -1
  let isIgnored = false
  for (const line of mounts.split('\n')) {
    const [, , , , point = '', options = ''] = line.split(' ')
    const folder = point.replaceAll('\\040', ' ')
    const isHolder = folder === '/' || path === folder || path.startsWith(`${folder}/`)
    if (!isHolder || folder.length < longest) continue
    longest = folder.length
    isIgnored = options.split(',').includes('nosuid')
  }
  return isIgnored
}
