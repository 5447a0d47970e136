// What stands below the options in every command's help: examples, exit codes, files, environment.

export interface HelpNotes {
  /** A command line, and what it is good for. */
  readonly examples: readonly (readonly [command: string, purpose: string])[]
  readonly exitCodes: readonly (readonly [code: number, meaning: string])[]
  readonly files?: readonly (readonly [path: string, meaning: string])[]
  readonly environment?: readonly (readonly [name: string, meaning: string])[]
}

/** Codes that mean the same everywhere. */
export const USAGE_CODE = [2, 'usage or configuration'] as const
export const INTERNAL_CODE = [5, 'internal error: a fault of mpwatch itself'] as const

/** The exit codes of commands that read captures; `flows` never answers 1. */
export const CAPTURE_CODES = [
  USAGE_CODE,
  [3, 'input unreadable, or malformed beyond --max-malformed'],
  [4, 'the observation is incomplete, and nothing worse is to be told'],
  [5, 'internal error, or a ledger that does not close'],
  [130, 'ended by SIGINT, and 143 by SIGTERM; what was read until then is reported'],
] as const

/** Only on a terminal is there any colour. */
export const COLOUR_ENVIRONMENT = [['NO_COLOR', 'set to anything: plain text']] as const

/** The notes as text, to be added after commander's own help. */
export function helpNotes({
  examples,
  exitCodes,
  files = [],
  environment = [],
}: HelpNotes): string {
  const lines = examples.flatMap(([command, purpose]) => [`  ${command}`, `      ${purpose}`])
  return [
    `\nExamples:\n${lines.join('\n')}`,
    ...table('Exit codes', exitCodes),
    ...table('Files', files),
    ...table('Environment', environment),
  ].join('\n\n')
}

function table(
  heading: string,
  entries: readonly (readonly [name: string | number, meaning: string])[],
): string[] {
  if (entries.length === 0) return []
  const width = Math.max(...entries.map(([name]) => String(name).length))
  const lines = entries.map(([name, meaning]) => `  ${String(name).padEnd(width)}  ${meaning}`)
  return [`${heading}:\n${lines.join('\n')}`]
}
