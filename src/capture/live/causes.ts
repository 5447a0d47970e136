// What is told of an interface that nobody sees: the cause, and a sentence that says what would help.

import type { BlindCause } from '../../model/live.ts'
import { counted } from '../../model/text.ts'
import type { Child } from './child.ts'
import type { DropWindow } from './drop-watch.ts'
import type { LiveOptions } from './options.ts'
import { installAdvice, permissionAdvice, wantedTool } from './tools.ts'

interface Told {
  readonly cause: BlindCause
  readonly detail: string
}

/** Why a child has ended that nobody had asked to; `isThere` tells of the interface it was started on. */
export function causeOfEnd(
  { command, words, end }: Child,
  { name, isThere }: { readonly name: string; readonly isThere: boolean },
  options: LiveOptions,
): Told {
  const { tool } = command
  const fault = end?.startFault ?? null
  if (fault === 'ENOENT') return { cause: 'no_tool', detail: missingText(options) }
  if (fault === 'EACCES' || fault === 'EPERM' || words.reason === 'no_permission') {
    const detail = `${tool} may not capture on ${name}. ${permissionAdvice(command)}`
    return { cause: 'no_permission', detail }
  }
  if (!isThere) return { cause: 'interface_gone', detail: `${name} was removed.` }
  const said = words.shown === '' ? '' : ` It said: ${words.shown}`
  return { cause: 'child_ended', detail: `${tool} ended by itself (${end?.how}).${said}` }
}

export function missingText(options: LiveOptions): string {
  const { tool, tools } = options
  const path = tool === 'tcpdump' || tool === 'dumpcap' ? tools[tool] : null
  return path === null
    ? `${wantedTool(options)} is not installed. ${installAdvice(options)}`
    : `There is no ${path}, where capture.tools of the configuration says that ${tool} is. Correct it there. ${installAdvice(options)}`
}

export const filterText = ({ command, words }: Child): string =>
  `filter: ${command.tool} does not accept it: ${words.shown}`

export const dropText = ({ dropped, received }: DropWindow): string =>
  `${counted(dropped, 'packet')} of ${counted(received, 'packet')} were dropped before they came here.`

export const leftText = (packets: number, isEstimate: boolean): string =>
  isEstimate
    ? `It took about ${counted(packets, 'packet')} with it.`
    : 'How many packets it took with it is not known.'
