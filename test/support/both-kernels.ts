// Does the same with the plain kernel and with the compiled one, from the same beginning, and sees to it
// that both stop for the same reasons and leave the same bytes behind.

import { compiledKernel, type Kernel, plainKernel } from '../../src/kernel/compiled.ts'
import * as layout from '../../src/kernel/layout.ts'
import * as measured from '../../src/kernel/measured-layout.ts'
import { getI32, memory } from '../../src/kernel/memory.ts'

type Region = readonly [name: string, at: number, bytes: number]

const ADDRESSES_PER_PACKET = 4
/** What lies in memory before a run, since nobody clears what has not been taken up. */
const STALE = 0xa5

/**
 * What `work` gives with the compiled kernel, after it has been done with the plain one as well; it has to
 * begin() the run. `packets` is how many it hands in at the most.
 */
export function inBoth<Given>(
  packets: number,
  work: (kernel: Kernel) => Given,
  [plain, compiled]: readonly [Kernel, Kernel] = [plainKernel, compiledKernel],
): Given {
  const regions = regionsOf(packets)
  const { left: expected } = doneWith(plain, regions, work)
  const { left, given } = doneWith(compiled, regions, work)
  const differences = left.flatMap((bytes, index) =>
    difference(bytes, expected[index], regions[index]),
  )
  if (differences.length > 0)
    throw new Error(
      `The kernels differ; \`npm run bless\` if kernel/ has changed: ${differences.join(', ')}`,
    )
  return given
}

/** Everything that so many packets may have touched. */
function regionsOf(packets: number): readonly Region[] {
  const flows = packets + 1
  const addresses = ADDRESSES_PER_PACKET * packets
  return [
    ['chunk', 0, layout.REGISTERS],
    ['registers', layout.REGISTERS, layout.REGISTER_BYTES],
    ['counters', layout.COUNTERS, layout.COUNTER_BYTES],
    ['datagram', layout.DATAGRAM, layout.DATAGRAM_BYTES_MAX],
    ['flow index', layout.INDEX, 4 * slotsOf(flows)],
    ['flows', layout.FLOWS, layout.FLOW_BYTES * flows],
    ['origins', layout.ORIGINS, layout.ORIGIN_BYTES * flows],
    ['TCP states', layout.TCPS, layout.TCP_BYTES * flows],
    ['addresses', layout.ADDRESSES, layout.ADDRESS_BYTES * addresses],
    ['address index', layout.ADDRESS_INDEX, 4 * slotsOf(addresses)],
    ['copies', layout.COPIES, measured.SAMPLES - layout.COPIES],
    [
      'samples',
      measured.SAMPLES,
      measured.SAMPLE_BYTES * Math.min(4 * packets, measured.SAMPLES_MAX),
    ],
    [
      'segments',
      measured.MEASURED,
      measured.MEASURED_BYTES * Math.min(flows, measured.MEASURED_MAX),
    ],
    ['holes', measured.HOLES, measured.HOLES_BYTES * Math.min(flows, measured.HOLES_MAX)],
    ['streams', measured.STREAMS, measured.STREAM_BYTES * Math.min(packets, measured.STREAMS_MAX)],
  ]
}

/** An index doubles when it is half full, as long as there is room. */
const slotsOf = (entries: number): number =>
  Math.min(
    layout.INDEX_SLOTS,
    Math.max(layout.INDEX_SLOTS_MIN, 2 ** Math.ceil(Math.log2(4 * entries))),
  )

function doneWith<Given>(
  kernel: Kernel,
  regions: readonly Region[],
  work: (kernel: Kernel) => Given,
): { given: Given; left: readonly Uint8Array[] } {
  for (const [, at, bytes] of regions) new Uint8Array(memory, at, bytes).fill(STALE)
  const stops: number[] = []
  const given = work(recording(kernel, stops))
  const left = regions.map(([, at, bytes]) => new Uint8Array(memory.slice(at, at + bytes)))
  return { given, left: [...left, new Uint8Array(Int32Array.from(stops).buffer)] }
}

/** Notes why the kernel came back each time, and about what. */
function recording(kernel: Kernel, stops: number[]): Kernel {
  const note = <Reason extends number | boolean>(reason: Reason): Reason => {
    const about = [layout.STOP_FLOW, layout.STOP_REASON, layout.STOP_PACKET, layout.NEXT]
    stops.push(Number(reason), ...about.map(getI32))
    return reason
  }
  return {
    run: () => note(kernel.run()),
    sweep: () => note(kernel.sweep()),
    endRecord: kernel.endRecord,
    drain: () => note(kernel.drain()),
  }
}

function difference(
  bytes: Uint8Array,
  expected: Uint8Array = new Uint8Array(),
  [name]: Region = ['stops', 0, 0],
): readonly string[] {
  if (Buffer.compare(bytes, expected) === 0) return []
  return [`${name} from byte ${bytes.findIndex((byte, at) => byte !== expected[at])}`]
}
