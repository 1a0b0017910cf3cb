/** The state table of RFC 9113 §5.1, swept over all states, both sides and all inputs. */
import { describe, expect, test } from "@jest/globals";
import { INPUTS, type InputName, nextState, STATES, type StateName, VIOLATION } from "../../src/http2/stream-state.js";

/**
 * §5.1 in its own words, as rules: what a side may send, by what the stream's halves are. A half is "idle" before, "open" while
 * its side may send, "closed" after END_STREAM.
 */
type Half = "idle" | "reserved" | "open" | "closed";
const HALVES: Record<StateName, [client: Half, server: Half]> = {
  idle: ["idle", "idle"],
  reserved: ["closed", "reserved"],
  open: ["open", "open"],
  "half-closed (client)": ["closed", "open"],
  "half-closed (server)": ["open", "closed"],
  closed: ["closed", "closed"],
};

function allowed(state: StateName, side: 0 | 1, input: InputName): boolean {
  const own = HALVES[state][side];
  switch (input) {
    case "PRIORITY": // "can be sent in any stream state"
      return true;
    case "HEADERS":
      return own === "open" || own === "reserved" || (state === "idle" && side === 0);
    case "DATA":
    case "END_STREAM":
      return own === "open";
    case "RST_STREAM":
      return state !== "idle";
    case "WINDOW_UPDATE": // of the server on the stream that it reserved: §5.1 lets it send HEADERS, RST_STREAM, PRIORITY only
      return state !== "idle" && !(state === "reserved" && side === 1);
    case "PUSH_PROMISE":
      return state === "idle" && side === 1;
  }
}

/** The state behind an input that is allowed. */
function behind(state: StateName, side: 0 | 1, input: InputName): StateName {
  if (input === "RST_STREAM") return "closed";
  if (input === "PUSH_PROMISE") return "reserved";
  if (input === "HEADERS" && state === "idle") return "open";
  if (input === "HEADERS" && state === "reserved") return "half-closed (client)";
  if (input !== "END_STREAM") return state;
  if (state === "open") return side === 0 ? "half-closed (client)" : "half-closed (server)";
  return "closed";
}

describe.each(STATES.map((name, state) => ({ name, state })))("$name", ({ name, state }) => {
  for (const side of [0, 1] as const) {
    test.each(INPUTS.map((input, number) => ({ input, number })))(
      `$input by the ${side === 0 ? "client" : "server"}`,
      ({ input, number }) => {
        const next = nextState(state, side, number);
        expect((next & VIOLATION) === 0).toBe(allowed(name, side, input));
        const nextName = STATES[next & ~VIOLATION];
        expect(nextName).toBeDefined();
        if (allowed(name, side, input)) expect(nextName).toBe(behind(name, side, input));
        // whatever comes, a closed stream stays closed, and a half that is closed does not open again
        if (name === "closed") expect(nextName).toBe("closed");
        for (const half of [0, 1] as const) {
          if (HALVES[name][half] === "closed" && name !== "reserved") expect(HALVES[nextName][half]).toBe("closed");
        }
      },
    );
  }
});
