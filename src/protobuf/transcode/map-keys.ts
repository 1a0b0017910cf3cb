/** Finds a map key that was written before: keys are ranges of the output, one run of them for each map that is open. */

/** Up to this many keys of one map are compared one by one; past it a Set is faster. */
const FEW = 16;

export class MapKeys {
  private from = new Int32Array(64);
  private to = new Int32Array(64);
  private count = 0;
  private readonly sets = new Map<number, Set<string>>();

  /** Forgets everything: an earlier message may have been given up in the middle. */
  reset(): void {
    this.count = 0;
    if (this.sets.size > 0) this.sets.clear();
  }

  /** Opens a map; the answer names it. */
  open(): number {
    return this.count;
  }

  close(map: number): void {
    this.count = map;
    if (this.sets.size > 0) this.sets.delete(map);
  }

  /** The key `out[from, to)` of the innermost open map. False: the map holds it already. */
  add(map: number, out: Uint8Array, from: number, to: number): boolean {
    const { count } = this;
    if (count - map >= FEW) {
      if (!this.addToSet(map, out, from, to)) return false;
    } else {
      for (let i = map; i < count; i++) if (equal(out, this.from[i], this.to[i], from, to)) return false;
    }
    if (count === this.from.length) this.grow();
    this.from[count] = from;
    this.to[count] = to;
    this.count = count + 1;
    return true;
  }

  private addToSet(map: number, out: Uint8Array, from: number, to: number): boolean {
    let set = this.sets.get(map);
    if (set === undefined) {
      set = new Set();
      for (let i = map; i < this.count; i++) set.add(keyText(out, this.from[i], this.to[i]));
      this.sets.set(map, set);
    }
    const text = keyText(out, from, to);
    if (set.has(text)) return false;
    set.add(text);
    return true;
  }

  private grow(): void {
    const [from, to] = [new Int32Array(this.count * 2), new Int32Array(this.count * 2)];
    from.set(this.from);
    to.set(this.to);
    this.from = from;
    this.to = to;
  }
}

/** Keys often differ in their last byte: it is compared first. */
function equal(out: Uint8Array, aFrom: number, aTo: number, bFrom: number, bTo: number): boolean {
  if (aTo - aFrom !== bTo - bFrom) return false;
  for (let a = aTo - 1, b = bTo - 1; a >= aFrom; a--, b--) if (out[a] !== out[b]) return false;
  return true;
}

function keyText(out: Uint8Array, from: number, to: number): string {
  let text = "";
  for (let i = from; i < to; i++) text += String.fromCharCode(out[i]);
  return text;
}
