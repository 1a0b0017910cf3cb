/** `npm run docs`: writes the pages that are made from the code. */
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { formatDiagnosticsPage } from "./diagnostics.js";

const table = await import(pathToFileURL("dist/diagnostics/table.js").href);
writeFileSync("docs/diagnostics.md", formatDiagnosticsPage(table.TABLE));
