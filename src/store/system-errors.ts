// What the system and the database say when something fails, told apart.

export const isNoSpace = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes(codeOf(error)) ||
  /no space left|quota exceeded/i.test(textOf(error))

export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : ''

export const textOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)
