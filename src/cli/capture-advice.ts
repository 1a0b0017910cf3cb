/** Why nothing could be captured, and what to do about it. */
import { type CaptureRequest, type CaptureTool, complaintOf, listInterfaces } from "../node/capture-tool.js";
import { nearest } from "./usage-error.js";

export interface Advice {
  readonly text: string;
  /** The command line is to blame. */
  readonly usage: boolean;
  /** This tool lacks the right; another may have it. */
  readonly permission: boolean;
}

/** `said`: the standard error of a tool that ended by itself. */
export function explainComplaint(said: string, tool: CaptureTool, request: CaptureRequest): Advice {
  const { interfaces, filter } = request;
  switch (complaintOf(said)) {
    case "permission":
      return { text: explainPermission(tool, request), usage: false, permission: true };
    case "interface": {
      const names = (listInterfaces() ?? []).map((line) => line.split(" ")[0]);
      const unknown = interfaces.find((name) => !names.includes(name)) ?? interfaces[0];
      const meant = nearest(unknown, names);
      const question = meant === null ? "" : ` Did you mean ${meant}?`;
      return {
        text: `there is no interface ${unknown} that can be captured.${question} There are ${names.join(", ")}`,
        usage: true,
        permission: false,
      };
    }
    case "filter":
      return {
        text: `${tool.name} does not understand the filter "${filter}": ${firstLine(said)}`,
        usage: true,
        permission: false,
      };
    case "other":
      return { text: `${tool.name} ended at once: ${firstLine(said)}`, usage: false, permission: false };
  }
}

/** `tools`: those that were found, none of which may be run. */
export function explainNoTool(tools: readonly CaptureTool[], request: CaptureRequest | null): string {
  if (tools.length > 0) return explainPermission(tools[0], request);
  if (request !== null && request.interfaces.length > 1)
    return "several interfaces take dumpcap, which is not installed (apt-get install wireshark-common); -i any takes them all";
  return (
    "neither dumpcap nor tcpdump is installed (apt-get install tcpdump, or wireshark-common). " +
    `Another machine may capture: ${REMOTE}`
  );
}

const REMOTE = "ssh host tcpdump -i any -U -w - | cal-inspect -";

/** Lines, since each is a command to be copied. */
function explainPermission({ name, program }: CaptureTool, request: CaptureRequest | null): string {
  const where = request === null ? "" : ` on ${request.interfaces.join(", ")}`;
  const again = request === null ? "-D" : `${request.interfaces.map((text) => `-i ${text}`).join(" ")} …`;
  const lines = [`${name} is not allowed to capture${where}. Any one of these helps:`];
  if (name === "dumpcap")
    lines.push(
      "  sudo usermod -aG wireshark $USER    then log in again (Debian: first dpkg-reconfigure wireshark-common)",
    );
  lines.push(
    `  sudo setcap cap_net_raw,cap_net_admin+eip ${program.path}`,
    `  sudo cal-inspect live ${again}`,
    `  ${REMOTE}    for another machine`,
  );
  return lines.join("\n");
}

function firstLine(said: string): string {
  const lines = said
    .split("\n")
    .filter((line) => line !== "" && !/^(Capturing on|File:|tcpdump: listening)/.test(line));
  return (lines[0] ?? "it does not say why").replace(/^(tcpdump|dumpcap): /, "");
}
