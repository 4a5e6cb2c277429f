/** Columns that grow: a million numbers in as many times four or eight bytes. */
const FIRST_LENGTH = 1024

export class IntColumn {
  private kept = new Int32Array(FIRST_LENGTH)
  length = 0

  push(value: number): void {
    if (this.length === this.kept.length) {
      const larger = new Int32Array(this.length * 2)
      larger.set(this.kept)
      this.kept = larger
    }
    this.kept[this.length++] = value
  }

  values(): Int32Array {
    return this.kept.subarray(0, this.length)
  }
}

export class BigColumn {
  private kept = new BigInt64Array(FIRST_LENGTH)
  length = 0

  push(value: bigint): void {
    if (this.length === this.kept.length) {
      const larger = new BigInt64Array(this.length * 2)
      larger.set(this.kept)
      this.kept = larger
    }
    this.kept[this.length++] = value
  }

  values(): BigInt64Array {
    return this.kept.subarray(0, this.length)
  }
}
