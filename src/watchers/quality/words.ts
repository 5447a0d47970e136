// Lengths of time as findings of clocks say them.

/** `4.2 s`, `312 ms`, `0.05 ms`: as many digits as tell something. */
export function msText(ms: number): string {
  const size = Math.abs(ms)
  if (size >= 86_400_000) return `${(size / 86_400_000).toFixed(1)} d`
  if (size >= 3_600_000) return `${(size / 3_600_000).toFixed(1)} h`
  if (size >= 1000) return `${(size / 1000).toFixed(size >= 10_000 ? 1 : 3)} s`
  return size >= 10 ? `${size.toFixed(0)} ms` : `${size.toFixed(2)} ms`
}

/** `3.200 s ahead of`. */
export const aheadText = (ms: number): string => `${msText(ms)} ${ms < 0 ? 'behind' : 'ahead of'}`
