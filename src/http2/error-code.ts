/** Error codes of RST_STREAM and GOAWAY (RFC 9113 §7). */
const NAMES = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
];

/** "CANCEL"; "0x1f" for a code that has no name. */
export function formatErrorCode(code: number): string {
  return NAMES[code] ?? `0x${code.toString(16).padStart(2, "0")}`;
}
