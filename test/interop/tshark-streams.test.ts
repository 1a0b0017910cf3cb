/** tshark, with its reassembly of segments out of order switched on, agrees on the ordered bytes of each stream. */
import { readdirSync } from "node:fs";
import { test } from "@jest/globals";
import { describeWithPeers } from "../support/peers.js";
import { expectStreamsAsTshark } from "../support/tshark-follow.js";

const captures = readdirSync("captures").filter((name) => name.endsWith(".pcap"));

describeWithPeers(["tshark"], "tshark follows the same bytes in", () => {
  test.each(captures)("captures/%s", (name) => expectStreamsAsTshark(`captures/${name}`));
});
