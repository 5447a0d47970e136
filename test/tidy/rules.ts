// The rules of style that a line of text can break, as data. Each says what to do instead.

import { codeOf } from './code.ts'
import type { ProjectFile, Violation } from './files.ts'

export interface Rule {
  /** Completes the sentence "In this project …". */
  readonly name: string
  /** Beginnings of the paths it holds for, and of those among them that are free of it. */
  readonly inside: readonly string[]
  readonly except: readonly string[]
  /** Whether it is about code alone or about every word of the file. */
  readonly looksAt: 'code' | 'text'
  readonly pattern: RegExp
  readonly instead: string
}

const ANY_CODE = ['src/', 'test/', 'scripts/', 'fixtures/']
const DOCUMENTS = [
  'README',
  'ARCHITECTURE',
  'BOUNDS',
  'DECISIONS',
  'docs/',
  'rules/',
  'schemas/',
  'fixtures/',
]
const PURE = ['src/wire/', 'src/kernel/', 'src/flows/', 'src/protocols/', 'src/quality/']

export const RULES: readonly Rule[] = [
  {
    name: 'the clock of the computer is read only at the ends',
    inside: ['src/'],
    except: [
      'src/capture/',
      'src/commands/',
      'src/store/',
      'src/watch/',
      'src/web/',
      'src/main.ts',
    ],
    looksAt: 'code',
    pattern: /\bDate\.now\b|\bperformance\.now\b|\bnew Date\(\s*\)|\bhrtime\b/,
    instead: "use the chunk's clock, or take the time as a parameter",
  },
  {
    name: 'nothing in src is random',
    inside: ['src/'],
    except: [],
    looksAt: 'code',
    pattern: /\bMath\.random\b/,
    instead: 'derive it from the capture; tests use a seeded generator',
  },
  {
    name: 'traffic never throws',
    inside: PURE,
    except: [],
    looksAt: 'code',
    pattern: /\bthrow\b/,
    instead: 'return the fault as a value and count it; assert() states what only a bug can break',
  },
  {
    name: 'only main.ts and scripts write to the console',
    inside: ANY_CODE,
    except: ['src/main.ts', 'scripts/'],
    looksAt: 'code',
    pattern: /\bconsole\s*\./,
    instead: 'count it in the ledger, or throw a UsageError',
  },
  {
    name: 'sets of values are unions or `as const`',
    inside: ANY_CODE,
    except: [],
    looksAt: 'code',
    pattern: /\benum\s+\w+\s*\{/,
    instead: "write a union of words, or an object 'as const'",
  },
  {
    name: 'exports have names',
    inside: ANY_CODE,
    except: [],
    looksAt: 'code',
    pattern: /\bexport\s+default\b/,
    instead: 'export it by its name',
  },
  {
    name: 'nothing is left for later in a comment',
    inside: [...ANY_CODE, ...DOCUMENTS],
    except: [],
    looksAt: 'text',
    // The brackets keep this file from breaking its own rule.
    pattern: /\bTO[D]O\b|\bFIX[M]E\b/,
    instead: 'do it, or write an entry in DECISIONS.md',
  },
  {
    name: 'only main.ts ends the process',
    inside: ['src/'],
    except: ['src/main.ts'],
    looksAt: 'code',
    pattern: /\bprocess\.(exit|exitCode|abort|kill)\b/,
    instead: 'return the exit code to main.ts',
  },
  {
    name: "no file knows anybody's machine",
    inside: [...DOCUMENTS, 'src/', 'package.json'],
    except: [],
    looksAt: 'text',
    pattern: /(?<![\w.~-])\/(work|tmp|home|root|Users)\/|\.\.\/shared\b/,
    instead: 'name a path inside the repository, or a placeholder in CAPITALS',
  },
]

/** Where a file breaks the rule, in the order of its lines. */
export function broken(rule: Rule, files: readonly ProjectFile[]): readonly Violation[] {
  const startsWith = (path: string) => (start: string) => path.startsWith(start)
  return files
    .filter(({ path }) => rule.inside.some(startsWith(path)))
    .filter(({ path }) => !rule.except.some(startsWith(path)))
    .flatMap(({ path, text }) =>
      (rule.looksAt === 'code' && /\.(ts|mjs)$/.test(path) ? codeOf(text) : text)
        .split('\n')
        .flatMap((line, index) => {
          const word = rule.pattern.exec(line)?.[0]
          return word === undefined
            ? []
            : [`${path}:${index + 1}: "${word}": ${rule.name}; ${rule.instead}`]
        }),
    )
}

const LINES_MAX = 400

/** Files of src that have grown beyond what one can hold in one's head. */
export function tooLong(files: readonly ProjectFile[]): readonly Violation[] {
  return files
    .filter(({ path }) => path.startsWith('src/'))
    .filter(({ text }) => text.trimEnd().split('\n').length > LINES_MAX)
    .map(
      ({ path }) => `${path}:${LINES_MAX + 1}: longer than ${LINES_MAX} lines; split it by subject`,
    )
}
