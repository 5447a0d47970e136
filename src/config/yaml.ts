// One YAML 1.2 file as plain values, with the place of every key and value kept for messages.
//
// The files say who may talk to whom, so they may hold nothing that a reader could overlook:
// anchors, aliases, merge keys, tags, directives and second documents are refused. The parser's
// lexemes are watched as they come, and reading ends before nesting gets deep enough to hurt what
// recurses later.

import {
  Composer,
  type CST,
  isMap,
  isNode,
  isScalar,
  isSeq,
  Parser,
  type YAMLError,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import { type Complaints, lineOf, type SourceText, sourceText } from './complaints.ts'
import { decode, readFile } from './file.ts'
import { lexemesOf } from './lexemes.ts'
import { quoted } from './reading.ts'

export interface YamlFile {
  readonly source: SourceText
  readonly bytes: Uint8Array
  /**
   * Maps are objects without a prototype, so no key of the file can meet one of JavaScript's own.
   */
  readonly value: unknown
  readonly root: Spot
}

/** Where a value and its key begin, as offsets into the text, and the same of what is inside it. */
export interface Spot {
  readonly at: number
  readonly keyAt: number
  readonly children: ReadonlyMap<PropertyKey, Spot>
}

export type Path = readonly PropertyKey[]

const DEPTH_MAX = 32
/** Refused parts of one file that are told; then reading it ends. */
const REFUSALS_MAX = 100

/**
 * Reads and parses one file; undefined, with the reasons among the complaints, where it cannot be
 * used at all. `advice` is added where there is no file or nothing in it.
 */
export function loadYaml(path: string, complaints: Complaints, advice = ''): YamlFile | undefined {
  complaints.opens(path)
  const read = readFile(path)
  if ('wrong' in read) {
    complaints.aboutFile(path, `${read.wrong}${advice}`)
    return undefined
  }
  const decoded = decode(read.value)
  const source = sourceText(path, decoded.text)
  if ('wrong' in decoded) {
    complaints.about(source, decoded.at, decoded.wrong)
    return undefined
  }
  const parsed = parse(source, complaints)
  if (parsed === undefined) return undefined
  if (parsed.value === null) complaints.about(source, 0, `the file is empty${advice}`)
  return parsed.value === null ? undefined : { source, bytes: read.value, ...parsed }
}

/** The innermost spot on the path that exists: a missing key is told at the map that lacks it. */
export function spotOf(root: Spot, path: Path): Spot {
  let spot = root
  for (const step of path) {
    const child = spot.children.get(step)
    if (child === undefined) return spot
    spot = child
  }
  return spot
}

/** The line, from 1, on which the value at the path begins. */
export const lineAt = (file: YamlFile, path: Path): number =>
  lineOf(file.source, spotOf(file.root, path).at)

interface Built {
  readonly value: unknown
  readonly root: Spot
}

function parse(source: SourceText, complaints: Complaints): Built | undefined {
  const before = complaints.count
  const tokens = tokensOf(source, complaints)
  if (complaints.count > before) return undefined
  const [document] = new Composer(OPTIONS).compose(tokens, true, source.text.length)
  for (const { code, message, pos } of ownErrors(document?.errors ?? [], source))
    complaints.about(source, pos[0], SENTENCES.get(code) ?? lowered(message))
  if (document === undefined || complaints.count > before) return undefined
  const { value, spot } = build(document.contents, { source, complaints, keyAt: 0 })
  return { value, root: spot }
}

/**
 * The library's own check of unique keys takes time with the square of their number; `build`
 * checks.
 */
const OPTIONS = {
  version: '1.2',
  schema: 'core',
  merge: false,
  stringKeys: true,
  uniqueKeys: false,
  resolveKnownTags: false,
} as const

/**
 * After one error of syntax the parser stumbles on through lines that are fine. What is kept is the
 * first error, and of the later ones those that stand on their own, one for each line.
 */
function ownErrors(errors: readonly YAMLError[], source: SourceText): YAMLError[] {
  const sorted = errors.toSorted((left, right) => left.pos[0] - right.pos[0])
  const lines = new Set<number>()
  return sorted.filter(({ code, pos }, index) => {
    const line = lineOf(source, pos[0])
    const isOwn = index === 0 || (INDEPENDENT.has(code) && !lines.has(line))
    if (isOwn) lines.add(line)
    return isOwn
  })
}

const INDEPENDENT: ReadonlySet<string> = new Set(['TAB_AS_INDENT', 'BAD_SCALAR_START'])

/** The library names these by the grammar; people meet them by what they typed. */
const SENTENCES: ReadonlyMap<string, string> = new Map([
  ['TAB_AS_INDENT', 'a tab indents this line: use spaces'],
  ['NON_STRING_KEY', 'a key must be one word of text'],
  [
    'BLOCK_AS_IMPLICIT_KEY',
    'a map begins inside a line: put it on its own line, or the text in quotes',
  ],
  ['MULTILINE_IMPLICIT_KEY', 'a key must stand on one line; is a colon missing?'],
])

const lowered = (message: string): string => `${message.charAt(0).toLowerCase()}${message.slice(1)}`

/** All tokens of the one document, or complaints about what our files may not contain. */
function tokensOf(source: SourceText, complaints: Complaints): CST.Token[] {
  const parser = new Parser()
  const tokens: CST.Token[] = []
  const before = complaints.count
  for (const { lexeme, refusal } of lexemesOf(source.text)) {
    if (refusal !== undefined) complaints.about(source, parser.offset + refusal.at, refusal.message)
    tokens.push(...parser.next(lexeme))
    if (complaints.count - before >= REFUSALS_MAX) return tokens
    // The stack holds the document and the collections that are open.
    if (parser.stack.length - 1 <= DEPTH_MAX) continue
    const message = `lists and maps are nested more than ${DEPTH_MAX} deep here`
    complaints.about(source, parser.offset - 1, message)
    return tokens
  }
  tokens.push(...parser.end())
  const second = tokens.filter(({ type }) => type === 'document')[1]
  if (second !== undefined)
    complaints.about(source, second.offset, 'a second document begins here: one file holds one')
  return tokens
}

interface Place {
  readonly source: SourceText
  readonly complaints: Complaints
  readonly keyAt: number
}

interface Value {
  readonly value: unknown
  readonly spot: Spot
}

/** Depth is bounded by `DEPTH_MAX`, so the recursion is too. */
function build(node: unknown, place: Place): Value {
  if (isMap(node)) return buildMap(node, place)
  if (isSeq(node)) return buildList(node, place)
  const value = isScalar(node) ? node.value : null
  return {
    value,
    spot: { at: startOf(node, place.keyAt), keyAt: place.keyAt, children: new Map() },
  }
}

function buildList(node: YAMLSeq, place: Place): Value {
  const at = startOf(node, place.keyAt)
  const items = node.items.map(item => build(item, { ...place, keyAt: startOf(item, at) }))
  const children = new Map<PropertyKey, Spot>(items.map(({ spot }, index) => [index, spot]))
  return { value: items.map(({ value }) => value), spot: { at, keyAt: place.keyAt, children } }
}

function buildMap(node: YAMLMap, place: Place): Value {
  const value: Record<string, unknown> = Object.create(null)
  const children = new Map<PropertyKey, Spot>()
  for (const pair of node.items) {
    const key = isScalar(pair.key) ? String(pair.key.value) : ''
    const keyAt = startOf(pair.key, place.keyAt)
    const complaint = keyComplaint(key, children, place.source)
    if (complaint !== undefined) place.complaints.about(place.source, keyAt, complaint)
    const built = build(pair.value, { ...place, keyAt })
    if (complaint !== undefined) continue
    value[key] = built.value
    children.set(key, built.spot)
  }
  return { value, spot: { at: startOf(node, place.keyAt), keyAt: place.keyAt, children } }
}

function keyComplaint(
  key: string,
  siblings: ReadonlyMap<PropertyKey, Spot>,
  source: SourceText,
): string | undefined {
  const first = siblings.get(key)
  if (first !== undefined)
    return `the key ${quoted(key)} stands here twice; first on line ${lineOf(source, first.keyAt)}`
  if (key === '<<') return 'merge keys are not used here: write the keys out'
  return key === '__proto__' ? 'no key may be called __proto__' : undefined
}

/** Where a node begins; a value that was left out stands where its key does. */
function startOf(node: unknown, otherwise: number): number {
  return isNode(node) ? (node.range?.[0] ?? otherwise) : otherwise
}
