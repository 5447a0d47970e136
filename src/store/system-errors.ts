// What the system and the database say when something fails, told apart.

export const isNoSpace = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes(codeOf(error)) ||
  /no space left|quota exceeded/i.test(textOf(error))

/** The file is not what was written to it, or nothing that the database ever wrote. */
export const isDamage = (error: unknown): boolean =>
  /checksum|corrupt|not a valid duckdb|serializ|invalid(?:ated)?\b.*(?:database|fatal)|fatal error|INTERNAL Error|could not read|read enough bytes|out of range|unsupported (?:file|storage) version|version number|magic|WAL/i.test(
    textOf(error),
  )

export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : ''

export const textOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)
