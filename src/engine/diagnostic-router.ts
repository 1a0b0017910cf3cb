/** Reports of all layers → diagnostics with their packets, each code on each connection told a limited number of times. */

import type { OffsetMap } from "../bytes/offset-map.js";
import type { Diagnostic, Place, Report, Values } from "../diagnostics/diagnostic.js";
import { formatDiagnostic } from "../diagnostics/diagnostic.js";
import { type DiagnosticCode, TABLE } from "../diagnostics/table.js";

/** The connection that a report is about. */
export interface ReportingConnection {
  readonly id: number;
  readonly provenance: readonly [OffsetMap, OffsetMap] | null;
  /** Gets what concerns one stream; true when a call took it. */
  readonly onStream: (stream: number, diagnostic: Diagnostic) => boolean;
}

export class DiagnosticRouter {
  /** Diagnostics past the limit, by code: counted, not told. */
  readonly untold = new Map<DiagnosticCode, number>();

  constructor(
    private readonly tell: (diagnostic: Diagnostic) => void,
    private readonly maxSame: number,
  ) {}

  /** For layers below connections. `name`: the capture meant, where there are several. */
  reporterOfCapture(name: string | null): Report {
    const counts = new Map<DiagnosticCode, number>();
    return (code, values, place) => {
      if (!this.counts(counts, code)) return;
      const packets = place?.packet === undefined ? [] : [place.packet];
      const diagnostic = this.make(code, values, place, null, packets);
      this.tell(name === null ? diagnostic : { ...diagnostic, text: `${name}: ${diagnostic.text}` });
    };
  }

  reporterOf(connection: ReportingConnection): Report {
    // Most connections have nothing to tell.
    let counts: Map<DiagnosticCode, number> | null = null;
    return (code, values, place) => {
      counts ??= new Map();
      const diagnostic = this.make(code, values, place, connection.id, packetsOf(connection, place));
      if (place?.stream !== undefined && connection.onStream(place.stream, diagnostic)) return;
      if (this.counts(counts, code)) this.tell(diagnostic);
    };
  }

  private make(
    code: DiagnosticCode,
    values: Values | undefined,
    place: Place | undefined,
    connection: number | null,
    packets: number[],
  ): Diagnostic {
    const { severity, scope } = TABLE[code];
    return { code, severity, scope, text: formatDiagnostic(code, values), place: place ?? {}, connection, packets };
  }

  private counts(counts: Map<DiagnosticCode, number>, code: DiagnosticCode): boolean {
    const count = (counts.get(code) ?? 0) + 1;
    counts.set(code, count);
    if (count <= this.maxSame) return true;
    this.untold.set(code, (this.untold.get(code) ?? 0) + 1);
    return false;
  }
}

function packetsOf(connection: ReportingConnection, place: Place | undefined): number[] {
  if (place?.packet !== undefined) return [place.packet];
  if (place?.side === undefined || place.at === undefined) return [];
  return connection.provenance?.[place.side].packets(place.at, place.at + (place.length ?? 1)) ?? [];
}
