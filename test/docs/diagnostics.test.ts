import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import type { DiagnosticKind } from "../../src/diagnostics/diagnostic.js";
import { TABLE } from "../../src/diagnostics/table.js";
import { formatDiagnosticsPage } from "../../tools/docs/diagnostics.js";

const rows = Object.entries<DiagnosticKind>(TABLE);

test("docs/diagnostics.md tells the table as it is (npm run docs writes it)", () => {
  expect(readFileSync("docs/diagnostics.md", "utf8")).toBe(formatDiagnosticsPage(TABLE));
});

test.each(rows)("%s reads LAYER_THING_WHAT and is one sentence", (code, { sentence }) => {
  expect(code).toMatch(/^[A-Z0-9]+(_[A-Z0-9]+)+$/);
  expect(sentence).toMatch(/^[^A-Z\s].*[^.]$|^[A-Z]+[a-z0-9-].*[^.]$|^[A-Z].*[^.]$/);
});
