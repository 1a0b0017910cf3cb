/** "/api/shop.v1.Orders/Get" → "/shop.v1.Orders/Get": gRPC-Web and Connect are often served below a prefix. Service names have no slash. */
export function methodPath(path: string): string {
  const slash = path.lastIndexOf("/");
  const before = path.lastIndexOf("/", slash - 1);
  return slash <= 0 || before <= 0 ? path : path.slice(before);
}
