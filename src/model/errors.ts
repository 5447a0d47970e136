// The errors that people can act on. Traffic never throws: malformed bytes are values (see ledger.ts).

/** One thing wrong with what the operator gave us: where it stands, what it is, what would be right. */
export interface Problem {
  /** `file:line:column`, or the option, that is at fault. */
  readonly where: string
  readonly message: string
  /** The offending line with a caret below it, where there is one. */
  readonly excerpt?: string
}

/** The command line, a rule or an inventory is wrong. Exit code 2; all problems are told at once. */
export class UsageError extends Error {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[] | string) {
    const list = typeof problems === 'string' ? [{ where: '', message: problems }] : problems
    super(list.map(describe).join('\n'))
    this.name = 'UsageError'
    this.problems = list
  }
}

/** A capture cannot be read, or is damaged beyond what was allowed. Exit code 3. */
export class InputError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'InputError'
  }
}

/** States what must hold; a violation is our own bug and ends the process with a stack, exit code 5. */
export function assert(condition: boolean, meaning: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${meaning}`)
}

function describe({ where, message, excerpt }: Problem): string {
  const head = where === '' ? message : `${where}: ${message}`
  return excerpt === undefined ? head : `${head}\n${excerpt}`
}
