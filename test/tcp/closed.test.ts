import { expect, test } from "@jest/globals";
import { OffsetMap } from "../../src/bytes/offset-map.js";
import { LIMITS } from "../../src/limits.js";
import { Flow, type Shared } from "../../src/tcp/flow.js";
import { HoleWatch } from "../../src/tcp/hole-watch.js";
import { RecentBytes } from "../../src/tcp/recent-bytes.js";

test("a connection that is over keeps no map of its bytes", () => {
  const shared: Shared = {
    report: () => {},
    limits: LIMITS,
    recent: new RecentBytes(),
    heldBytes: 0,
    holding: new Set(),
    watch: new HoleWatch(),
    bury: (flow) => flow.bury(),
  };
  const flows = [1, 2].map((id) => new Flow(id, 0, new Int32Array(2), 0, shared));
  const maps = flows.flatMap(({ client, server }) => [client.map, server.map]);
  expect(new Set(maps).size).toBe(4);
  for (const flow of flows) flow.end("fin", 0);
  const left = new Set(flows.flatMap(({ client, server }) => [client.map, server.map]));
  expect([left.size, maps.some((map) => left.has(map))]).toEqual([1, false]);
  expect([...left][0]).toBeInstanceOf(OffsetMap);
});
