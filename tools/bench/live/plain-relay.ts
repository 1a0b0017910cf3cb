/** What the proxy is measured against: a TCP relay and nothing else. plain-relay.js LISTEN-PORT TARGET-PORT */
import { connect, createServer } from "node:net";

const [listenPort, targetPort] = process.argv.slice(2).map(Number);

createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
  const target = connect({ port: targetPort!, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
  client.pipe(target).pipe(client);
  client.on("error", () => target.destroy());
  target.on("error", () => client.destroy());
}).listen(listenPort, "127.0.0.1", () => console.log("listening"));
