// What `audit` and `flows` share: captures in, the run through the pipeline, EVE lines, JSON, summary.

import { randomBytes } from 'node:crypto'
import type { Taken } from '../capture/capture.ts'
import { type OpenedSource, openSource } from '../capture/source.ts'
import type { Compliance } from '../compliance.ts'
import type { PortKnowledge } from '../flows/direction.ts'
import { compiledKernel, plainKernel } from '../kernel/compiled.ts'
import type { Address } from '../model/address.ts'
import type { CaptureInfo } from '../model/chunk.ts'
import type { Coverage } from '../model/coverage.ts'
import { assert, UsageError } from '../model/errors.ts'
import type { Finding } from '../model/finding.ts'
import type { Placement } from '../model/inventory.ts'
import { type Ledger, openEquations } from '../model/ledger.ts'
import type { ReportedQuality } from '../model/reported-quality.ts'
import type { NotJudged, Provenance, Result, Totals } from '../model/result.ts'
import type { RunContext } from '../model/run.ts'
import { visible } from '../model/text.ts'
import { Monitor } from '../monitor.ts'
import { type Output, run } from '../pipeline.ts'
import type { QualityBook } from '../quality/book.ts'
import { writeJson } from '../report/json.ts'
import { reportedCapture, unread } from '../report/result.ts'
import { Tally } from '../report/tally.ts'
import { renderTerminal, type TerminalOptions } from '../report/terminal.ts'
import { contextOf } from '../run-context.ts'
import { type EveContext, EveWriter } from '../sinks/eve.ts'
import { TextOutput } from '../sinks/text-output.ts'
import { VERSION } from '../version.ts'
import type { ReadingOptions } from './options.ts'
import { ProgressLine } from './progress.ts'

const WIDTH_DEFAULT = 100
const WIDTH_MAX = 120
const MEASURED_MAX = 100

export interface Reading {
  readonly captures: readonly (string | Taken)[]
  /** Names by `Taken.sensor`; none where nothing names them. */
  readonly sensors: readonly string[]
  readonly options: ReadingOptions
  readonly ports: PortKnowledge
  readonly compliance: Compliance | null
  readonly policy: EveContext['policy']
  readonly site: Provenance['site']
  /** What is measured is put together here; null where reports tell nothing of it. */
  readonly book: QualityBook | null
  /** Each list of what was measured has at most so many entries in the result; 100 unless told. */
  readonly measuredMax?: number
  /** The summary; that of an audit or a flow count unless told. */
  readonly render?: (result: Result, how: TerminalOptions) => string
  /** Where an address stands; absent without a site. */
  readonly place?: (address: Address) => Placement
  /** Whoever else takes what is read, asked when the captures have been opened. */
  readonly taker?: (captures: readonly CaptureInfo[], run: ReadRun) => Promise<Output | null>
  /** Says of each finding what an earlier result has of it. */
  readonly compare?: (findings: readonly Finding[]) => readonly Finding[]
}

/** A run that is about to begin. */
export interface ReadRun {
  readonly monitor: Monitor
  readonly context: RunContext
}

/** Everything that a finished run has shown. */
export interface Read {
  readonly provenance: Provenance
  readonly totals: Totals
  readonly findings: readonly Finding[]
  readonly coverage: Coverage | null
  readonly quality: ReportedQuality | null
  readonly notJudged: readonly NotJudged[]
  readonly ledger: Ledger
  readonly context: RunContext
  /** The signal that ended the reading early, null for none. */
  readonly signal: NodeJS.Signals | null
}

/** Reads the captures to their end and writes the EVE lines; `conclude` makes the result of what was read. */
export async function read(
  reading: Reading,
  conclude: (read: Read) => Result,
): Promise<{ result: Result; signal: NodeJS.Signals | null }> {
  refuseTwoOnStandardOutput(reading.options)
  const stop = watchSignals()
  try {
    return await readUntil(stop, reading, conclude)
  } finally {
    stop.end()
  }
}

async function readUntil(
  stop: Stop,
  reading: Reading,
  conclude: (read: Read) => Result,
): Promise<{ result: Result; signal: NodeJS.Signals | null }> {
  const { options, compliance, book } = reading
  // A flow count without events has nowhere to name a protocol, or what it measured.
  const isTold = compliance !== null || book !== null || options.eve !== undefined
  const line = options.quiet ? null : new ProgressLine(process.stderr.isTTY === true)
  const source = openReading(reading, line, stop.given)
  const monitor = new Monitor({
    seed: randomBytes(4).readInt32LE(),
    // A flow meter counts what it saw; a verdict must not depend on how often the mirror told it.
    dedup: compliance !== null || book !== null || options.dedup === true,
    ports: reading.ports,
    sensors: Math.max(1, reading.sensors.length),
    vlanInKey: options.separateVlans,
    measure: isTold && options.quality !== false,
    recognise: isTold,
    quality: book,
    // Events name each connection; reports put them together as they are measured.
    withConnections: options.eve !== undefined,
    fromSeconds: options.from?.seconds ?? Number.NEGATIVE_INFINITY,
    toSeconds: options.to?.seconds ?? Number.POSITIVE_INFINITY,
    compliance,
    // For whoever compares the two, in a measurement or where one of them is in doubt.
    kernel: process.env['MPWATCH_KERNEL'] === 'js' ? plainKernel : compiledKernel,
  })
  const context = contextOf(reading.sensors, source, monitor)
  const tally = new Tally()
  const eve = options.eve === undefined ? null : new EveFile(options.eve, reading, context)
  const taker = (await reading.taker?.(source.captures, { monitor, context })) ?? null
  const outputs = [tallying(tally), eve, taker].filter(output => output !== null)
  try {
    await run(source, monitor, outputs, () => stop.signal !== null)
  } finally {
    line?.end()
  }
  if (!options.quiet) for (const note of source.notes) process.stderr.write(`${visible(note)}\n`)
  const ledger = monitor.ledger()
  const open = openEquations(ledger)
  assert(open.length === 0, `the ledger closes: ${open.join('; ')}`)
  const all = compliance?.findings.findings() ?? []
  const findings = reading.compare?.(all) ?? all
  await eve?.end(findings, ledger)
  const provenance = provenanceOf(reading, source.captures)
  const notJudged = [
    ...(stop.signal === null ? [] : [interrupted(stop.signal)]),
    ...unread(provenance.captures, ledger),
    ...tally.notJudged(),
  ]
  const totals = tally.totals()
  const coverage = compliance?.coverage(findings) ?? null
  const max = reading.measuredMax ?? MEASURED_MAX
  const quality = book?.report(max, monitor.epochSeconds, reading.sensors) ?? null
  const result = conclude({
    ...{ provenance, totals, findings, coverage, quality, notJudged, ledger, context },
    signal: stop.signal,
  })
  await writeResult(result, options, reading.render ?? renderTerminal)
  return { result, signal: stop.signal }
}

function refuseTwoOnStandardOutput({ json, eve }: ReadingOptions): void {
  if (json === '-' && eve === '-')
    throw new UsageError(
      '--json - and --eve - cannot both go to standard output. Name a file for one.',
    )
}

function openReading(
  { captures, options }: Reading,
  line: ProgressLine | null,
  stopped: AbortSignal,
): OpenedSource {
  return openSource(captures, {
    hash: options.hash,
    ...(options.follow === true ? { follow: stopped } : {}),
    ...(line === null ? {} : { onProgress: progress => line.show(progress) }),
  })
}

const tallying = (tally: Tally): Output => ({
  take({ flows }) {
    for (const flow of flows) tally.add(flow)
  },
})

/** The EVE file: flows as they close, findings as they open and once more at the end, then the ledger. */
class EveFile implements Output {
  readonly #output: TextOutput
  readonly #writer: EveWriter

  constructor(path: string, reading: Reading, context: RunContext) {
    const { policy, site, sensors, place } = reading
    this.#output = new TextOutput(path)
    const write = (text: string) => this.#output.write(text)
    this.#writer = new EveWriter(write, {
      ...{ ...context, sensor: site?.sensor ?? null, policy },
      ...(place === undefined ? {} : { place }),
      hasSeveralSensors: sensors.length > 1,
    })
  }

  async take({ flows, quality }: Parameters<Output['take']>[0]): Promise<void> {
    for (const flow of flows) this.#writer.flow(flow)
    for (const record of quality) this.#writer.quality(record)
    await this.#output.flush()
  }

  async end(findings: readonly Finding[], ledger: Ledger): Promise<void> {
    for (const finding of findings) this.#writer.finding(finding)
    this.#writer.stats(ledger)
    await this.#output.close()
  }
}

function provenanceOf(reading: Reading, captures: readonly CaptureInfo[]): Provenance {
  const { policy, site, options, sensors } = reading
  return {
    tool: 'mpwatch',
    version: VERSION,
    policy,
    site,
    captures: captures.map(info => reportedCapture(info, sensors)),
    from: options.from?.text ?? null,
    to: options.to?.text ?? null,
  }
}

const interrupted = (signal: string): NotJudged => ({
  kind: 'interrupted',
  subject: 'captures',
  count: 1,
  reason: `Reading was ended by ${signal}; what came after is not in here.`,
  incomplete: true,
})

interface Stop {
  signal: NodeJS.Signals | null
  /** Given together with the signal. */
  readonly given: AbortSignal
  end(): void
}

/** Ends the reading at the next chunk, so that what has been read is still reported. A second signal kills. */
function watchSignals(): Stop {
  const controller = new AbortController()
  const stop: Stop = {
    signal: null,
    given: controller.signal,
    end() {
      process.off('SIGINT', note)
      process.off('SIGTERM', note)
    },
  }
  const note = (signal: NodeJS.Signals) => {
    stop.signal = signal
    stop.end()
    controller.abort()
  }
  process.on('SIGINT', note)
  process.on('SIGTERM', note)
  return stop
}

async function writeResult(
  result: Result,
  { json, eve, quiet, color, coverage }: ReadingOptions,
  render: NonNullable<Reading['render']>,
): Promise<void> {
  if (json !== undefined) {
    const output = new TextOutput(json)
    output.write(writeJson(result))
    await output.close()
  }
  if (quiet || json === '-' || eve === '-') return
  const isColoured = color && process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined
  const width = Math.min(process.stdout.columns ?? WIDTH_DEFAULT, WIDTH_MAX)
  const output = new TextOutput('-')
  output.write(render(result, { color: isColoured, width, isCoverageFull: coverage }))
  await output.close()
}
