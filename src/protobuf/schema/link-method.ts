/** A method's declaration → what its calls carry. */
import type { CallKind } from "../kind.js";
import type { MethodType } from "../types.js";
import type { MethodDeclaration, ServiceDeclaration } from "./declaration.js";
import type { TypeTable } from "./type-table.js";

export function linkMethod(
  { fullName }: ServiceDeclaration,
  declaration: MethodDeclaration,
  table: TypeTable,
): MethodType {
  return {
    service: fullName,
    name: declaration.name,
    kind: kindOf(declaration),
    request: table.messageOf(declaration.request),
    response: table.messageOf(declaration.response),
  };
}

function kindOf({ clientStreaming, serverStreaming }: MethodDeclaration): CallKind {
  if (clientStreaming) return serverStreaming ? "bidi_streaming" : "client_streaming";
  return serverStreaming ? "server_streaming" : "unary";
}
