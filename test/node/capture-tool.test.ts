import { describe, expect, test } from "@jest/globals";
import { explainNoTool } from "../../src/cli/capture-advice.js";
import { type CaptureTool, captureTools, complaintOf } from "../../src/node/capture-tool.js";
import { findProgram } from "../../src/node/find-program.js";

const request = { interfaces: ["lo"], filter: "", packets: null };
const denied: CaptureTool = {
  name: "dumpcap",
  program: { path: "/usr/bin/dumpcap", allowed: false },
  argumentsFor: () => [],
  tellSignal: null,
  counts: () => null,
};

describe("capture tools", () => {
  test("dumpcap's counts of all interfaces, once it ends", () => {
    const dumpcap = captureTools(["lo", "eth0"]).find(({ name }) => name === "dumpcap");
    if (dumpcap === undefined) return;
    const said =
      "Capturing on 2 interfaces\nPackets captured: 15\n" +
      "Packets received/dropped on interface 'Loopback: lo': 15/3 (pcap:3/dumpcap:0/flushed:0/ps_ifdrop:0) (83.3%)\n" +
      "Packets received/dropped on interface 'eth0': 2/4 (pcap:4/dumpcap:0/flushed:0/ps_ifdrop:0) (33.3%)\n";
    expect(dumpcap.counts(said)).toEqual({ received: 17, dropped: 7 });
    expect(dumpcap.counts("Capturing on 'lo'")).toBeNull();
    expect(dumpcap.argumentsFor({ interfaces: ["lo", "eth0"], filter: "tcp port 7", packets: 9 }).join(" ")).toMatch(
      /-f tcp port 7 -B 64 -i lo -i eth0 -c 9 -w -$/,
    );
  });

  test("tcpdump's counts, while it runs and at its end", () => {
    const tcpdump = captureTools(["lo"]).find(({ name }) => name === "tcpdump");
    if (tcpdump === undefined) return;
    const running = "tcpdump: 5 packets captured, 10 packets received by filter, 2 packets dropped by kernel\n";
    expect(tcpdump.counts(running)).toEqual({ received: 5, dropped: 2 });
    const end = "7 packets captured\n14 packets received by filter\n3 packets dropped by kernel\n";
    expect(tcpdump.counts(`${running}${end}1 packet dropped by interface\n`)).toEqual({ received: 7, dropped: 4 });
  });

  test.each([
    [
      "permission",
      "tcpdump: lo: You don't have permission to perform this capture on that device\n(socket: Operation not permitted)",
    ],
    ["interface", "tcpdump: l0: No such device exists\n(No such device exists)"],
    ["interface", 'dumpcap: There is no device named "l0".'],
    ["filter", "tcpdump: can't parse filter expression: syntax error"],
    ["filter", "dumpcap: Invalid capture filter \"tpc\" for interface 'lo'."],
    ["other", "tcpdump: lo: out of memory"],
  ] as const)("a complaint about %s", (what, said) => {
    expect(complaintOf(said)).toBe(what);
  });

  test("where there is none, or none that may be run, the sentence says what to do", () => {
    expect(explainNoTool([], request)).toContain("neither dumpcap nor tcpdump is installed (apt-get install tcpdump");
    expect(explainNoTool([], { ...request, interfaces: ["lo", "eth0"] })).toContain("wireshark-common");
    expect(explainNoTool([denied], request)).toContain("sudo usermod -aG wireshark $USER");
  });

  test("a program is looked for on PATH", () => {
    expect(findProgram("sh")).toMatchObject({ allowed: true });
    expect(findProgram("no-such-program")).toBeNull();
  });
});
