/** As much of a browser's XMLHttpRequest as the grpc-web client needs, on node:http. */
import * as http from "node:http";

export class XMLHttpRequest {
  readyState = 0;
  status = 0;
  statusText = "";
  responseText = "";
  response = "";
  responseType = "";
  withCredentials = false;
  onreadystatechange = null;
  #method;
  #url;
  #headers = {};
  #responseHeaders = {};
  #request = null;

  open(method, url) {
    this.#method = method;
    this.#url = url;
    this.#become(1);
  }

  setRequestHeader(name, value) {
    this.#headers[name] = value;
  }

  send(body) {
    this.#request = http.request(this.#url, { method: this.#method, headers: this.#headers }, (response) => {
      this.status = response.statusCode;
      this.statusText = response.statusMessage;
      this.#responseHeaders = response.headers;
      this.#become(2);
      response.setEncoding("latin1");
      response.on("data", (text) => {
        this.responseText += text;
        this.response = this.responseText;
        this.#become(3);
      });
      response.on("end", () => this.#become(4));
    });
    this.#request.end(body);
  }

  abort() {
    this.#request?.destroy();
  }

  getResponseHeader(name) {
    return this.#responseHeaders[name.toLowerCase()] ?? null;
  }

  getAllResponseHeaders() {
    return Object.entries(this.#responseHeaders)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join("");
  }

  #become(readyState) {
    this.readyState = readyState;
    this.onreadystatechange?.();
  }
}
