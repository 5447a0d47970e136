// Sequence numbers of TCP (RFC 9293, 3.4): 32 bits that wrap, so that only their distance means anything.

/** How far `number` lies ahead of `other`; negative where it lies behind. */
export const aheadOf = (number: number, other: number): number => (number - other) | 0

/** The number so many bytes further on. */
export const advanced = (number: number, bytes: number): number => (number + bytes) >>> 0
