/** Thrown by a decompressor whose output would pass the bound that it was given. */
export class TooLarge extends Error {}

/** Undoes one encoding. Throws TooLarge past `maxBytes` of output, and any other Error, whose message is the reason, on damage. */
export type Decompress = (compressed: Uint8Array, maxBytes: number) => Uint8Array;
