// Whether a password, token or key can be read from where the configuration says, without a word of it.

import { readSecret } from '../../config/secret.ts'
import { UsageError } from '../../model/errors.ts'
import type { SecretSource } from '../../model/watch-config.ts'
import type { Check, checkOf } from './check.ts'

/** The secret, or the check that fails; null where none is needed. */
export async function secretFor(
  source: SecretSource | null,
  check: ReturnType<typeof checkOf>,
): Promise<{ readonly secret: string | null } | { readonly failed: Check }> {
  if (source === null) return { secret: null }
  try {
    return { secret: await readSecret(source) }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    const [, text = error.message, command] = /^(.*?)(?:: (chmod .*))?$/s.exec(error.message) ?? []
    return { failed: check('fail', text, ...(command === undefined ? [] : [command])) }
  }
}
