/** DATA behind lost bytes → whether messages are known to begin there (PROTOCOL-HTTP2, Length-Prefixed-Message). */
import { readU32BE } from "../bytes/integers.js";

export const PREFIX_LENGTH = 5;

/** A message that is thought to begin somewhere is no longer than gRPC's peers take by default. */
const MAX_LIKELY_BYTES = 4 * 1024 * 1024;

/**
 * Whether `buf[start, end)` is a run of whole messages, none of them empty. That lengths fit so to the byte is no chance, where
 * bytes that happen to be zero would be a run of empty messages.
 */
export function isRunOfMessages(buf: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (end - at > PREFIX_LENGTH && buf[at] <= 1) {
    const length = readU32BE(buf, at + 1);
    if (length === 0 || length > end - at - PREFIX_LENGTH) return false;
    at += PREFIX_LENGTH + length;
    if (at === end) return true;
  }
  return false;
}

/** Whether a message may begin at `start` that goes on behind `end`: what follows has to show it. */
export function mayBeginMessage(buf: Uint8Array, start: number, end: number): boolean {
  if (end - start < PREFIX_LENGTH || buf[start] > 1) return false;
  const length = readU32BE(buf, start + 1);
  return length > end - start - PREFIX_LENGTH && length <= MAX_LIKELY_BYTES;
}
