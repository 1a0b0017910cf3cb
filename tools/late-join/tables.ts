/** Tallies → the tables of docs/late-join.md. */
import type { LateTally } from "./late.js";
import type { LossTally } from "./loss.js";

export function formatLateTable(tallies: ReadonlyMap<string, LateTally>): string {
  const rows = [...tallies].map(([peer, tally]) => {
    const { cuts, calls } = tally;
    const of = (count: number) => percent(count, calls);
    const status = [of(tally.statusRight), of(tally.statusUnknown)];
    const paths = [tally.pathObserved, tally.pathInferred, tally.pathNamed, tally.pathUnknown].map(of);
    return [peer, cuts, calls, of(tally.messages), ...status, ...paths];
  });
  const head = ["peers", "cuts", "calls", "messages", "status", "error, code unknown"];
  return table([...head, "path read", "path inferred", "null, named", "null"], rows);
}

export function formatLossTable(tallies: ReadonlyMap<string, LossTally>): string {
  const rows = [...tallies].map(([peer, tally]) => {
    const { packets, untouched, touched } = tally;
    const { untouchedInferred, untouchedHeaders, untouchedDoubtful } = tally;
    const same = untouched - untouchedInferred - untouchedHeaders - untouchedDoubtful;
    const others = [same, untouchedInferred, untouchedHeaders, untouchedDoubtful].map((count) =>
      percent(count, untouched),
    );
    const own = [tally.touchedSame, tally.touchedSaid, tally.touchedMissing].map((count) => percent(count, touched));
    return [peer, packets, untouched, ...others, touched, ...own];
  });
  const head = [
    "peers",
    "packets",
    "other calls",
    "the same",
    "the same, marked `inferred`",
    "headers not known",
    "may lack messages",
  ];
  return table([...head, "calls hit", "the same", "say what is missing", "not told"], rows);
}

function percent(count: number, of: number): string {
  return of === 0 ? "–" : `${((100 * count) / of).toFixed(1)} %`;
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}
