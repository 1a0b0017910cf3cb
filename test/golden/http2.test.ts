import { Http2Connection } from "../../src/http2/connection.js";
import { LIMITS } from "../../src/limits.js";
import { goldenTests } from "../support/golden.js";
import { Http2Log } from "../support/http2-log.js";
import { compileScript } from "../support/http2-script.js";

goldenTests("test/golden/http2", compileScript, (heading) => {
  const log = new Http2Log();
  const connection = new Http2Connection(log, log.report, LIMITS, { joinedLate: heading.startsWith("Joined late") });
  return {
    data: (side, buf, start, end, at) => connection.data(side, buf, start, end, at, 0),
    gap: (side, at, length) => connection.gap(side, at, length, 0),
    close: (side, reason) => connection.close(side, reason, 0),
    lines: () => {
      log.flush();
      return log.lines;
    },
  };
});
