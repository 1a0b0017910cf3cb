/** The diagnostics table → docs/diagnostics.md. A test holds the file against this. */
/** A row of the table: see src/diagnostics/diagnostic.ts. */
interface DiagnosticKind {
  readonly severity: string;
  readonly scope: string;
  readonly sentence: string;
  readonly spec: string;
  readonly advice: string;
}

const HEAD = `# Diagnostics

What cal-inspect says about its input, made from \`src/diagnostics/table\` by \`npm run docs\`. A code never changes its meaning. \`{name}\` stands for a
value of the case at hand. The scope is what is affected, and so where decoding goes on: behind it.
`;

export function formatDiagnosticsPage(table: Readonly<Record<string, DiagnosticKind>>): string {
  const sections = new Map<string, [string, DiagnosticKind][]>();
  for (const row of Object.entries(table)) {
    const layer = row[0].slice(0, row[0].indexOf("_"));
    sections.set(layer, [...(sections.get(layer) ?? []), row]);
  }
  return HEAD + [...sections].map(([layer, rows]) => `\n## ${layer}\n\n${rows.map(formatRow).join("\n")}`).join("");
}

function formatRow([code, { severity, scope, sentence, spec, advice }]: [string, DiagnosticKind]): string {
  const lines = [`### ${code}`, "", `${severity}, ${scope}${spec === "" ? "" : ` · ${spec}`}`, "", `> ${sentence}`, ""];
  return [...lines, ...(advice === "" ? [] : [advice, ""])].join("\n");
}
