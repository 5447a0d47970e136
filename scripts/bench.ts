// Measures mpwatch beside the readers and flow meters of this machine on captures made from a seed.
// `npm run bench -- --help` tells the options. Prints Markdown to standard output, progress to
// standard error. Ends with 1 where mpwatch failed or counted wrong, with 2 where the options are
// wrong.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { UsageError } from '../src/model/errors.ts'
import type { CaptureName } from './bench/captures.ts'
import { generate, type MadeCapture } from './bench/generate.ts'
import { GNU_TIME, measure, type Workplace } from './bench/measure.ts'
import { type BenchOptions, HELP, optionsOf } from './bench/options.ts'
import { costTable, exactnessTable, type FlowCount, truthLine } from './bench/report.ts'
import { runRounds, type Series, summarise } from './bench/rounds.ts'
import { siteYaml } from './bench/site.ts'
import { BASE_TOOL, findTools, flowsAsJson, jobOf, type Toolbox } from './bench/tools.ts'

/** By which name our own flow count stands beside the others. */
const OWN = 'mpwatch'

const say = (text: string): void => console.log(text)
const tell = (text: string): void => console.error(text)

async function main(args: readonly string[]): Promise<void> {
  const options = optionsOf(args)
  if (options.wantsHelp) return say(HELP)
  const work = mkdtempSync(join(tmpdir(), 'mpwatch-bench-'))
  try {
    await bench(options, work, interruption())
  } finally {
    // Captures are large: an interrupted run must not leave them behind.
    rmSync(work, { recursive: true, force: true })
  }
}

/** Aborts, once, when the user or the system asks to stop. */
function interruption(): AbortSignal {
  const controller = new AbortController()
  const stop = (): void => controller.abort(new Interrupted())
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  return controller.signal
}

class Interrupted extends Error {}

async function bench(options: BenchOptions, work: string, signal: AbortSignal): Promise<void> {
  const folder = options.keep === null ? work : resolve(options.keep)
  mkdirSync(folder, { recursive: true })
  const site = join(folder, 'bench.site.yaml')
  writeFileSync(site, siteYaml())
  const toolbox = findTools()
  const place: Workplace = { folder: work, hasGnuTime: existsSync(GNU_TIME), signal }
  say(preamble(toolbox, place))
  for (const name of options.captures) {
    const made = await make(name, options, folder, signal)
    say(await captureSection(made, { options, toolbox, place, site }))
    if (options.keep === null) rmSync(made.path)
  }
}

function preamble({ missing }: Toolbox, { hasGnuTime }: Workplace): string {
  const load = loadavg().map(value => value.toFixed(1))
  const [first, ...others] = cpus()
  const machine = `${others.length + 1} x ${first?.model ?? 'unknown processor'}`
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`
  return [
    '# mpwatch benchmark\n',
    `${machine}, ${memory}, Node ${process.version}, load ${load.join(' ')} at the start.`,
    'Medians over the rounds; CPU is user and system time of the whole process; captures in page cache.',
    ...missing.map(({ name, hint }) => `Missing: ${name} (${hint}).`),
    ...(hasGnuTime ? [] : [`Missing: peak memory (apt-get install time).`]),
  ].join('\n')
}

async function make(
  name: CaptureName,
  { seed, scale }: BenchOptions,
  folder: string,
  signal: AbortSignal,
): Promise<MadeCapture> {
  tell(`${name}: making the capture`)
  const made = await generate({ name, seed, scale }, folder, signal)
  if (made.isReused) tell(`${name}: the one in ${folder} fits and is used again`)
  return made
}

interface Bench {
  readonly options: BenchOptions
  readonly toolbox: Toolbox
  readonly place: Workplace
  readonly site: string
}

async function captureSection(made: MadeCapture, bench: Bench): Promise<string> {
  const { options, toolbox, place, site } = bench
  const { truth } = made
  const job = jobOf(made.path, truth.file_bytes, site, join(place.folder, 'scratch'))
  const isFit = (bytesMax: number): boolean => options.isPatient || truth.file_bytes <= bytesMax
  const tools = toolbox.tools.filter(({ captureBytesMax }) => isFit(captureBytesMax))
  const left = toolbox.tools.filter(tool => !tools.includes(tool))
  const series = await runRounds(tools, job, place, options.rounds, (tool, round, cost) =>
    tell(`${truth.capture}: round ${round}, ${tool.name}: ${cost.cpuS.toFixed(2)} CPU s`),
  )
  const counts = await flowCounts(series, made, place)
  if (!isExact(counts, series, truth.flows)) process.exitCode = 1
  return [
    `\n## ${truth.capture}\n\n${truthLine(truth)}\n`,
    costTable(summarise(series, BASE_TOOL, truth.packets), truth.packets, BASE_TOOL),
    ...left.map(({ name }) => `\nLeft out: ${name} (slow on a capture of this size; --patient).`),
    ...series.flatMap(({ tool, failure }) =>
      failure === null ? [] : [`\nFailed: ${tool.name} ${failure}`],
    ),
    `\n${exactnessTable(counts, truth)}`,
  ].join('\n')
}

/**
 * Speed counts only where the answer is right: a wrong count or a failed run of ours fails the
 * benchmark.
 */
function isExact(counts: readonly FlowCount[], series: readonly Series[], flows: number): boolean {
  const isWrong = counts.some(count => count.tool === OWN && count.flows !== flows)
  return !isWrong && !series.some(({ tool, failure }) => tool.isOurs && failure !== null)
}

async function flowCounts(
  series: readonly Series[],
  { path }: MadeCapture,
  place: Workplace,
): Promise<FlowCount[]> {
  const counts: FlowCount[] = []
  if (series.some(({ tool, failure }) => tool.name === BASE_TOOL && failure === null))
    counts.push({ tool: OWN, flows: await ownFlowCount(path, place) })
  for (const { tool, costs } of series) {
    const [cost] = costs
    if (tool.flowCount !== null && cost !== undefined)
      counts.push({ tool: tool.name, flows: tool.flowCount(cost) })
  }
  return counts
}

async function ownFlowCount(capture: string, place: Workplace): Promise<number | null> {
  const out = join(place.folder, 'flows.json')
  await measure(flowsAsJson(capture, out), place)
  if (!existsSync(out)) return null
  const result = JSON.parse(readFileSync(out, 'utf8')) as { totals?: { flows?: number } }
  return result.totals?.flows ?? null
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  if (error instanceof UsageError) tell(error.message)
  else if (!(error instanceof Interrupted)) throw error
  process.exitCode = error instanceof UsageError ? 2 : 130
}
