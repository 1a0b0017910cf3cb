/**
 * The time of live bytes: the wall clock's, with the monotonic clock's steps, so that a call never ends before it began.
 *
 * The monotonic clock stands still while a machine sleeps, and drifts over weeks: where it has fallen behind the wall clock by more
 * than a second it is set forward, never back.
 */
const SLACK_MS = 1_000;
/** Between two looks at the wall clock. */
const LOOK_MS = 10_000;

export class LiveClock {
  /** Seconds since 1970 that `nowNs` counts from: what `Inspector.connection` takes. */
  readonly baseSeconds: number;
  /** What the monotonic clock's milliseconds are added to. */
  private originMs: number;
  private lookedMs: number;

  constructor(
    private readonly monotonicMs: () => number = () => performance.now(),
    private readonly wallMs: () => number = Date.now,
  ) {
    const wall = wallMs();
    const monotonic = monotonicMs();
    this.baseSeconds = Math.floor(wall / 1e3);
    this.originMs = wall - this.baseSeconds * 1e3 - monotonic;
    this.lookedMs = monotonic;
  }

  /** Nanoseconds since `baseSeconds`, to the microsecond. */
  nowNs(): number {
    const monotonic = this.monotonicMs();
    if (monotonic - this.lookedMs > LOOK_MS) this.look(monotonic);
    return Math.round((monotonic + this.originMs) * 1e3) * 1e3;
  }

  private look(monotonic: number): void {
    this.lookedMs = monotonic;
    const wallOrigin = this.wallMs() - this.baseSeconds * 1e3 - monotonic;
    if (wallOrigin - this.originMs > SLACK_MS) this.originMs = wallOrigin;
  }
}
