/** "/api/shop.v1.Orders/Get" → "/shop.v1.Orders/Get": gRPC-Web and Connect are often served below a prefix. Service names have no slash. */
export function methodPath(path: string): string {
  // Most paths have no prefix, and V8 looks for the first of something much faster than for the last.
  const second = path.indexOf("/", 1);
  if (second < 0 || path.indexOf("/", second + 1) < 0) return path;
  const slash = path.lastIndexOf("/");
  const before = path.lastIndexOf("/", slash - 1);
  return slash <= 0 || before <= 0 ? path : path.slice(before);
}
