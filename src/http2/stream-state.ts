/**
 * The state machine of RFC 9113 §5.1 as data, as an observer of both sides sees it.
 *
 *                              +--------+
 *                  PP by server|        | HEADERS by client
 *                     ,--------|  idle  |--------.
 *                    /         |        |         \
 *                   v          +--------+          v
 *            +----------+                        +----------+
 *            | reserved |                        |          |
 *            +----------+               END by   |   open   |   END by
 *                 | HEADERS by server   client   |          |   server
 *                 |                      ,-------+----------+-------.
 *                 v                     v                            v
 *            +--------------------------------+      +------------------------+
 *            |   half-closed by the client    |      | half-closed by server  |
 *            +--------------------------------+      +------------------------+
 *                 | END by server                            | END by client
 *                 v                                          v
 *            +-------------------------------------------------------+
 *            |  closed: also by RST_STREAM of either side, anywhere  |
 *            +-------------------------------------------------------+
 */
export const STATES = ["idle", "reserved", "open", "half-closed (client)", "half-closed (server)", "closed"] as const;
export type StateName = (typeof STATES)[number];

export const IDLE = 0;
export const OPEN = 2;
export const CLOSED = 5;

/** What can happen to a stream; each by the client and by the server. END_STREAM is told behind its HEADERS or DATA. */
export const INPUTS = [
  "HEADERS",
  "DATA",
  "END_STREAM",
  "RST_STREAM",
  "WINDOW_UPDATE",
  "PRIORITY",
  "PUSH_PROMISE",
] as const;
export type InputName = (typeof INPUTS)[number];

export const ON_HEADERS = 0;
export const ON_DATA = 1;
export const ON_END_STREAM = 2;
export const ON_RST_STREAM = 3;
export const ON_WINDOW_UPDATE = 4;
/** The stream is the one that a PUSH_PROMISE promises. */
export const ON_PUSH_PROMISE = 6;

/** Set in a transition that §5.1 forbids; the state is then where an observer goes on. */
export const VIOLATION = 8;

type Cell = StateName | `!${StateName}`;

/** State → the next state per input, by the client | by the server. "!": §5.1 forbids it. */
const TRANSITIONS: Record<StateName, readonly [client: readonly Cell[], server: readonly Cell[]]> = {
  // "Receiving any frame other than HEADERS or PRIORITY on a stream in this state MUST be treated as a connection error"
  idle: [
    ["open", "!open", "!idle", "!closed", "!idle", "idle", "!idle"],
    ["!open", "!open", "!idle", "!closed", "!idle", "idle", "reserved"],
  ],
  // "reserved (local)": the server may send HEADERS, RST_STREAM, PRIORITY; the client RST_STREAM, WINDOW_UPDATE, PRIORITY.
  reserved: [
    ["!reserved", "!reserved", "!reserved", "closed", "reserved", "reserved", "!reserved"],
    ["half-closed (client)", "!half-closed (client)", "!reserved", "closed", "!reserved", "reserved", "!reserved"],
  ],
  open: [
    ["open", "open", "half-closed (client)", "closed", "open", "open", "!open"],
    ["open", "open", "half-closed (server)", "closed", "open", "open", "!open"],
  ],
  // "A stream that is in the "half-closed (local)" state cannot be used for sending frames other than WINDOW_UPDATE, PRIORITY,
  // and RST_STREAM."
  "half-closed (client)": [
    [
      "!half-closed (client)",
      "!half-closed (client)",
      "!half-closed (client)",
      "closed",
      "half-closed (client)",
      "half-closed (client)",
      "!half-closed (client)",
    ],
    [
      "half-closed (client)",
      "half-closed (client)",
      "closed",
      "closed",
      "half-closed (client)",
      "half-closed (client)",
      "!half-closed (client)",
    ],
  ],
  "half-closed (server)": [
    [
      "half-closed (server)",
      "half-closed (server)",
      "closed",
      "closed",
      "half-closed (server)",
      "half-closed (server)",
      "!half-closed (server)",
    ],
    [
      "!half-closed (server)",
      "!half-closed (server)",
      "!half-closed (server)",
      "closed",
      "half-closed (server)",
      "half-closed (server)",
      "!half-closed (server)",
    ],
  ],
  // "An endpoint MUST NOT send frames other than PRIORITY on a closed stream"; WINDOW_UPDATE and RST_STREAM may arrive late.
  closed: [
    ["!closed", "!closed", "!closed", "closed", "closed", "closed", "!closed"],
    ["!closed", "!closed", "!closed", "closed", "closed", "closed", "!closed"],
  ],
};

/** [state × 16 + side × 8 + input] → next state, with VIOLATION set where it is forbidden. */
const NEXT = new Uint8Array(STATES.length * 16);
STATES.forEach((name, state) => {
  TRANSITIONS[name].forEach((cells, side) => {
    cells.forEach((cell, input) => {
      const forbidden = cell.startsWith("!");
      const next = STATES.indexOf((forbidden ? cell.slice(1) : cell) as StateName);
      NEXT[state * 16 + side * 8 + input] = next | (forbidden ? VIOLATION : 0);
    });
  });
});

export function nextState(state: number, side: number, input: number): number {
  return NEXT[state * 16 + side * 8 + input];
}
