// A value for each stretch of the capture, in bounded memory: at most 60 points of equal width, which doubles
// as the capture goes on. All series of a run share one time line, so that they can be read side by side.

export const POINTS_MAX = 60
/** Nanoseconds; what was sent is told as often. */
const STEP_NS = 10e9
/** Of all series together. */
const POINTS_ALL_MAX = 100_000

export class Timeline {
  #doublings = 0
  /** Points that all series hold. */
  points = 0

  /** How often the width has doubled. */
  get doublings(): number {
    return this.#doublings
  }

  get stepNs(): number {
    return STEP_NS * 2 ** this.#doublings
  }

  /** The point of this moment, nanoseconds since the run's epoch; what is before it belongs to the first. */
  indexOf(ns: number): number {
    while (ns >= POINTS_MAX * this.stepNs) this.#doublings++
    return Math.max(0, Math.floor(ns / this.stepNs))
  }
}

/** How a point begins, and how it takes up the one that follows it. */
export interface PointKind<Point> {
  readonly make: () => Point
  readonly merge: (into: Point, from: Point) => void
}

export class Series<Point> {
  readonly #timeline: Timeline
  readonly #kind: PointKind<Point>
  #points: (Point | undefined)[] = []
  #doublings = 0

  constructor(timeline: Timeline, kind: PointKind<Point>) {
    this.#timeline = timeline
    this.#kind = kind
  }

  /** The point to add to; null where no series may grow any more. */
  at(ns: number): Point | null {
    const index = this.#timeline.indexOf(ns)
    this.#catchUp()
    const known = this.#points[index]
    if (known !== undefined) return known
    if (this.#timeline.points >= POINTS_ALL_MAX) return null
    this.#timeline.points++
    const made = this.#kind.make()
    this.#points[index] = made
    return made
  }

  /** From the first point of the time line to the last that this series has. */
  points(): readonly (Point | null)[] {
    this.#catchUp()
    return Array.from(this.#points, point => point ?? null)
  }

  #catchUp(): void {
    for (; this.#doublings < this.#timeline.doublings; this.#doublings++) this.#fold()
  }

  /** Two points become one. */
  #fold(): void {
    const folded: (Point | undefined)[] = []
    for (const [index, point] of this.#points.entries()) {
      if (point === undefined) continue
      const into = folded[index >> 1]
      if (into === undefined) folded[index >> 1] = point
      else {
        this.#kind.merge(into, point)
        this.#timeline.points--
      }
    }
    this.#points = folded
  }
}
