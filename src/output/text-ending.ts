/** How a call ended → lines of the text format: its status with details, what broke it off, its deadline, which attempt it was. */
import { append } from "../bytes/append.js";
import { decodeBase64 } from "../bytes/base64.js";
import type { Call } from "../call/call.js";
import { previousAttempts } from "../call/controls.js";
import { deadlineOf } from "../call/deadline.js";
import type { DeadlineRecord, DiagnosticRecord, ResetRecord } from "../call/record.js";
import { toResetRecord } from "../call/reset.js";
import { decodeStatusDetails } from "../call/status-details.js";
import { statusName } from "../grpc/status.js";
import { escapeText } from "./escape.js";
import type { Paint } from "./paint.js";
import type { TextOptions } from "./text.js";
import { formatMs } from "./text-time.js";
import { bytesText, jsonNode, layOut, type TextNode } from "./text-value.js";

const INDENT = "    ";

/** Of a call that ended well nothing, unless verbose. */
export function endingLines(call: Call, options: TextOptions, found: DiagnosticRecord[]): string[] {
  const { paint, verbose } = options;
  const isFailure = call.outcome !== "ok" && call.outcome !== "incomplete";
  const lines = statusLines(call, options, found);
  const add = (note: string, isCause: boolean) => lines.push(`${INDENT}${paint(isCause ? "red" : "dim", note)}`);
  if (call.reset !== null && (call.status === null || verbose))
    add(resetText(toResetRecord(call.reset), call), isFailure);
  const deadline = isFailure || verbose || call.reset !== null ? deadlineOf(call) : null;
  if (deadline !== null) add(deadlineText(deadline), isFailure && deadline.passed !== false);
  const attempts = previousAttempts(call);
  if (attempts > 0) add(`attempt ${attempts + 1}: grpc-previous-rpc-attempts is ${attempts}`, isFailure);
  return lines;
}

function statusLines(call: Call, { paint, width }: TextOptions, found: DiagnosticRecord[]): string[] {
  if (call.status === null || call.status.code === 0) return [];
  const { code, message } = call.status;
  const lines = [`${INDENT}${paint("red", statusName(code))}${message === "" ? "" : `: ${escapeText(message)}`}`];
  for (const detail of decodeStatusDetails(call, found))
    append(lines, layOut([detailNode(call, detail as Record<string, unknown>, paint)], `${INDENT}  `, width));
  return lines;
}

/** A detail under the name of its type; one of a type that is not known has its bytes. */
function detailNode(call: Call, { "@type": url, ...members }: Record<string, unknown>, paint: Paint): TextNode {
  const type = String(url ?? "google.protobuf.Any").replace(/^.*\//, "");
  const isKnown = call.context.schema.message(type) !== null;
  const children = Object.entries(members).map(([name, value]) => {
    const bytes = !isKnown && name === "value" && typeof value === "string" ? decodeBase64(value) : null;
    return bytes === null ? jsonNode(`${escapeText(name)}: `, value, paint) : `value: ${bytesText(bytes)}`;
  });
  return { open: `${paint("cyan", escapeText(type))} {`, children, close: "}" };
}

function resetText({ by, how, name, meaning }: ResetRecord, call: Call): string {
  const what = {
    RST_STREAM: `RST_STREAM ${name} by the ${by}`,
    GOAWAY: `refused by GOAWAY ${name} of the ${by}`,
    TCP: `the ${by} reset the TCP connection`,
    FIN: `the ${by} closed the connection`,
  }[how];
  return call.status !== null || meaning === null ? what : `${what}, which gRPC takes for ${meaning}`;
}

function deadlineText(deadline: DeadlineRecord): string {
  const timeout = formatMs(deadline.timeoutMs * 1e6);
  if (deadline.used === null) return `deadline of ${timeout}`;
  return `deadline of ${timeout} ${deadline.passed ? "passed" : `not reached: ${(100 * deadline.used).toFixed(1)} % used`}`;
}
