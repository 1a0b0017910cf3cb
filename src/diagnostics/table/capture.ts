import type { DiagnosticKind } from "../diagnostic.js";

export const CAPTURE = {
  CAPTURE_TRUNCATED: {
    severity: "error",
    scope: "capture",
    sentence: "the capture ends in the middle of {what} at byte {offset}: {missing} bytes are missing",
    spec: "",
    advice: "Everything before the cut was read. Copy the file again, or let the recording program finish.",
  },
  CAPTURE_EMPTY: {
    severity: "error",
    scope: "capture",
    sentence: "the input is empty",
    spec: "",
    advice: "The recording program wrote nothing: it may still hold the packets back (tcpdump -U writes them at once).",
  },
  CAPTURE_FORMAT_UNKNOWN: {
    severity: "error",
    scope: "capture",
    sentence: "this is no packet capture but {what}",
    spec: "",
    advice: "Give a pcap or pcapng file, as tcpdump, dumpcap and Wireshark write it.",
  },
  CAPTURE_RECORD_BROKEN: {
    severity: "error",
    scope: "capture",
    sentence: "the packet record at byte {offset} is broken ({reason}): {skipped} bytes are skipped",
    spec: "draft-ietf-opsawg-pcap §5",
    advice: "The file was damaged when it was written or copied; the packets in those bytes are lost.",
  },
  CAPTURE_BLOCK_BROKEN: {
    severity: "error",
    scope: "capture",
    sentence: "the pcapng block at byte {offset} is broken ({reason}): {skipped} bytes are skipped",
    spec: "draft-ietf-opsawg-pcapng §3.1",
    advice: "The file was damaged when it was written or copied; what those bytes held is lost.",
  },
  CAPTURE_INTERFACE_LIMIT: {
    severity: "error",
    scope: "capture",
    sentence: "a section of the capture describes more than {limit} interfaces: packets of those beyond are left out",
    spec: "",
    advice: "Raise --limit maxCaptureInterfaces.",
  },
  CAPTURE_COMMENT: {
    severity: "info",
    scope: "packet",
    sentence: "comment in the capture: {comment}",
    spec: "draft-ietf-opsawg-pcapng §3.5",
    advice: "",
  },
} as const satisfies Record<string, DiagnosticKind>;
