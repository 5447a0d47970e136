// What the kernel measures and does not keep: single round trips, and what else the slow path wants to hear of.
// They wait in one place until they are taken, which is at the end of a chunk at the latest.

import { NOW, SAMPLE_COUNT } from './layout.ts'
import {
  SAMPLE_BYTES,
  SAMPLE_EXTRA,
  SAMPLE_FLOW,
  SAMPLE_HIGH,
  SAMPLE_KIND,
  SAMPLE_TIME,
  SAMPLE_VALUE,
  SAMPLES,
  SAMPLES_MAX,
} from './measured-layout.ts'
import { getF64, getI32, setF64, setI32 } from './memory.ts'

/**
 * Leaves a sample of `flow`, see Sample. A packet gives four at the most, so that those of a chunk have room;
 * where somebody takes none, further ones are left out.
 */
export function leaveSample(flow: i32, kind: i32, fromHigh: i32, value: f64, extra: i32): void {
  const count = getI32(SAMPLE_COUNT)
  if (count >= SAMPLES_MAX) return
  const at = SAMPLES + count * SAMPLE_BYTES
  setI32(at + SAMPLE_FLOW, flow)
  setI32(at + SAMPLE_KIND, kind)
  setI32(at + SAMPLE_HIGH, fromHigh)
  setI32(at + SAMPLE_EXTRA, extra)
  setF64(at + SAMPLE_VALUE, value)
  setF64(at + SAMPLE_TIME, getF64(NOW))
  setI32(SAMPLE_COUNT, count + 1)
}
