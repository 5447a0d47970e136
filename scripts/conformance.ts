// npm run conformance -- FOLDER
// Counts every capture of a folder and compares packets, bytes and conversations with what independent
// tools say of it (the tables in FOLDER/truth). Ends with code 1 on a difference nobody has explained.

import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type FoundCapture, findCaptures } from './conformance/captures.ts'
import { type Comparison, compare } from './conformance/compare.ts'
import { explanationFaults, faultsOf, reasonsOf } from './conformance/exceptions.ts'
import { measure } from './conformance/measure.ts'
import {
  compareProtocols,
  type ProtocolComparison,
  protocolFaults,
  protocolReasons,
  recallLines,
} from './conformance/protocols.ts'
import { disagreementLine, nextStepLines, tableText } from './conformance/report.ts'
import { compareStreams, type StreamComparison } from './conformance/streams.ts'
import { readTable } from './conformance/tables.ts'
import { type CaptureTruth, readTruth } from './conformance/truth.ts'

const repositoryPath = (path: string): string =>
  fileURLToPath(new URL(`../${path}`, import.meta.url))

const COMMAND = [process.execPath, repositoryPath('dist/main.js')]
const EXCEPTIONS = repositoryPath('test/conformance/exceptions.tsv')
const PROTOCOL_EXCEPTIONS = repositoryPath('test/conformance/protocols.tsv')
const STREAM_EXCEPTIONS = repositoryPath('test/conformance/rtp.tsv')
const RUNS_MAX = 4

process.exitCode = await main(process.argv.slice(2))

async function main([folder, ...others]: readonly string[]): Promise<number> {
  if (
    folder === undefined ||
    others.length > 0 ||
    !existsSync(join(folder, 'truth', 'files.tsv'))
  ) {
    console.error('usage: npm run conformance -- FOLDER   (a folder that has truth/files.tsv)')
    return 2
  }
  const truths = readTruth(folder)
  const captures = findCaptures(folder).map(({ file, notYet }) => {
    return { file, notYet: notYet ?? (truths.has(file) ? null : 'without truth') }
  })
  return report(captures, await compareAll(folder, truths, captures))
}

/** A few captures at a time, the results in the order of the files. */
async function compareAll(
  folder: string,
  truths: ReadonlyMap<string, CaptureTruth>,
  captures: readonly FoundCapture[],
): Promise<Compared[]> {
  const comparisons: Compared[] = []
  const waiting = captures.filter(({ notYet }) => notYet === null).entries()
  const work = async () => {
    for (const [index, { file }] of waiting) {
      const truth = truths.get(file)
      if (truth === undefined) continue
      const measured = await measure(COMMAND, join(folder, file))
      const found = typeof measured === 'string' ? new Map() : measured.protocols
      const streams = typeof measured === 'string' ? [] : measured.streams
      comparisons[index] = {
        traffic: compare(file, truth, measured),
        protocols: compareProtocols(file, truth.protocols, found),
        streams: compareStreams(file, truth.media, streams),
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(RUNS_MAX, availableParallelism()) }, work))
  return comparisons
}

/** One capture, compared in what it counts, in what it names and in its media. */
interface Compared {
  readonly traffic: Comparison
  readonly protocols: ProtocolComparison
  readonly streams: StreamComparison
}

function report(captures: readonly FoundCapture[], compared: readonly Compared[]): number {
  const isTrafficRight = reportTraffic(
    captures,
    compared.map(({ traffic }) => traffic),
  )
  const areProtocolsRight = reportProtocols(compared.map(({ protocols }) => protocols))
  const areStreamsRight = reportStreams(compared.map(({ streams }) => streams))
  return isTrafficRight && areProtocolsRight && areStreamsRight ? 0 : 1
}

function reportStreams(comparisons: readonly StreamComparison[]): boolean {
  const rows = readTable(STREAM_EXCEPTIONS)
  const why = reasonsOf(rows)
  const disagreements = comparisons.flatMap(comparison => comparison.disagreements)
  const unexplained = disagreements.filter(one => why(one) === undefined).length
  const faults = explanationFaults(rows, comparisons)
  const sum = (of: (one: StreamComparison) => number) =>
    comparisons.reduce((total, one) => total + of(one), 0)
  const sums = `${sum(one => one.agreed)} of ${sum(one => one.streams)} streams agree in packets and lost`
  const jitters = `${sum(one => one.jitters)} of ${sum(one => one.timed)} in jitter`
  console.log(
    [
      '\nstreams of media, against the dissector:',
      `${sums}, ${jitters}.`,
      ...disagreements.map(one => disagreementLine(one, why(one))),
      ...faults,
      `${disagreements.length - unexplained} differences explained, ${unexplained} unexplained.`,
    ].join('\n'),
  )
  return unexplained + faults.length === 0
}

function reportProtocols(comparisons: readonly ProtocolComparison[]): boolean {
  const rows = readTable(PROTOCOL_EXCEPTIONS)
  const why = protocolReasons(rows)
  const disagreements = comparisons.flatMap(comparison => comparison.disagreements)
  const unexplained = disagreements.filter(one => why(one) === undefined).length
  const faults = protocolFaults(rows, comparisons)
  const recall = recallLines(comparisons, why)
  console.log(
    [
      '\nprotocols, against what the dissector read from payload:',
      ...recall.lines,
      ...disagreements.map(one => {
        const reason = why(one)
        const because = reason === undefined ? 'UNEXPLAINED' : `because ${reason.why}`
        return `${one.file}  ${one.conversation}  ${one.says}  ${because}`
      }),
      ...faults,
      `${disagreements.length - unexplained} names differ and are explained, ${unexplained} are not.`,
    ].join('\n'),
  )
  return unexplained + faults.length === 0 && recall.isEnough
}

function reportTraffic(
  captures: readonly FoundCapture[],
  comparisons: readonly Comparison[],
): boolean {
  const rows = readTable(EXCEPTIONS)
  const why = reasonsOf(rows)
  const disagreements = comparisons.flatMap(comparison => comparison.disagreements)
  const unexplained = disagreements.filter(one => why(one) === undefined).length
  const explained = disagreements.length - unexplained
  const faults = faultsOf(rows, comparisons)
  const lines = [
    tableText(comparisons),
    ...disagreements.map(one => disagreementLine(one, why(one))),
    ...faults,
    ...nextStepLines(captures),
    `${comparisons.length} captures compared: ${explained} differences explained, ${unexplained} unexplained.`,
  ]
  console.log(lines.join('\n'))
  return unexplained + faults.length === 0
}
