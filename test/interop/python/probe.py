"""Peers of /peers.Probe in Python: probe.py serve PORT | probe.py call PORT CASES.json. See peers/cases.ts for what they do.

Both print a JSON object per call: the SHA-256 of each message, and what the client was told of the call's end.
"""

import base64
import hashlib
import json
import sys
import threading
import time
from concurrent import futures

import grpc

ENCODINGS = {"gzip": grpc.Compression.Gzip, "deflate": grpc.Compression.Deflate}
MAX_BYTES = [("grpc.max_receive_message_length", 64 << 20), ("grpc.max_send_message_length", 64 << 20)]
lock = threading.Lock()


def digest(message):
    return hashlib.sha256(message).hexdigest()


def body(size, seed):
    return bytes((seed + i // 7) & 255 for i in range(size)) if size < 100_000 else bytes([seed & 255]) * size


def say(**what):
    with lock:
        print(json.dumps(what), flush=True)


class Probe:
    def __init__(self, stop):
        self.stop = stop
        self.gathering = threading.Condition()
        self.gathered = 0

    def gather(self, count):
        """Waits until so many calls are here."""
        with self.gathering:
            self.gathered += 1
            self.gathering.notify_all()
            self.gathering.wait_for(lambda: self.gathered >= count)

    def serve(self, requests, context):
        """Yields the replies to any of the four kinds."""
        wish = {}
        for name, value in context.invocation_metadata():
            wish.setdefault(name, []).append(value)
        one = lambda name, default: wish.get(name, [default])[0]
        received, sent = [], []
        say(peer="server", call=one("x-call-id", ""), timeLeftMs=context.time_remaining() * 1000)
        if "x-encoding" in wish:
            context.set_compression(ENCODINGS[one("x-encoding", "")])
        trailing = tuple(("x-echo-bin", value) for value in wish.get("x-echo-bin", []))
        status = int(one("x-status", "0"))
        if "x-details-bin" in wish:
            trailing += (("grpc-status-details-bin", one("x-details-bin", b"")),)
        if "x-echo-bin" in wish:
            context.send_initial_metadata(trailing)
        context.set_trailing_metadata(trailing)
        if "x-stop" in wish:
            threading.Thread(target=self.stop).start()
        if "x-gather" in wish:
            self.gather(int(one("x-gather", "0")))
        sleep = int(one("x-sleep-ms", "0")) / 1000
        for request in requests:
            received.append(digest(request))
            if "x-cancel" in wish:
                context.cancel()
                return
            for reply in self.replies(request, one, status):
                time.sleep(sleep)
                sent.append(digest(reply))
                yield reply
            if "x-early" in wish:
                break
        say(peer="server", call=one("x-call-id", ""), received=received, sent=sent)
        if status != 0:
            context.set_code(next(code for code in grpc.StatusCode if code.value[0] == status))
            context.set_details(one("x-message-bin", b"").decode())

    @staticmethod
    def replies(request, one, status):
        if one("x-replies", None) is not None:
            for i in range(int(one("x-replies", "0"))):
                yield body(int(one("x-reply-size", "0")), i)
        elif status == 0:
            yield request[::-1]

    def unary(self, request, context):
        return next(iter(list(self.serve([request], context))), b"")

    def client_stream(self, requests, context):
        return (list(self.serve(requests, context)) or [b""])[-1]


def serve(port):
    # A stream may end by itself; "stop" is what sends GOAWAY.
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=128), options=MAX_BYTES)
    probe = Probe(lambda: server.stop(grace=10))
    methods = {
        "Unary": grpc.unary_unary_rpc_method_handler(probe.unary),
        "ClientStream": grpc.stream_unary_rpc_method_handler(probe.client_stream),
        "ServerStream": grpc.unary_stream_rpc_method_handler(lambda request, context: probe.serve([request], context)),
        "Bidi": grpc.stream_stream_rpc_method_handler(probe.serve),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("peers.Probe", methods),))
    server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    print("serving", flush=True)
    server.wait_for_termination()


def call_one(channel, case):
    requests = [body(size, i) for i, size in enumerate(case["sizes"])]
    metadata = [("x-call-id", case["id"])]
    for name, value in case["metadata"]:
        metadata.append((name, base64.b64decode(value) if name.endswith("-bin") else value))
    options = {
        "metadata": metadata,
        "timeout": case["timeoutMs"] / 1000 if "timeoutMs" in case else 30,
        "compression": ENCODINGS.get(case.get("encoding")),
    }
    path = f"/peers.Probe/{case['kind']}"
    received = []
    try:
        if case["kind"] == "Unary":
            call = channel.unary_unary(path).future(requests[0], **options)
            received.append(digest(call.result()))
        elif case["kind"] == "ClientStream":
            call = channel.stream_unary(path).future(iter(requests), **options)
            received.append(digest(call.result()))
        else:
            if case["kind"] == "ServerStream":
                call = channel.unary_stream(path)(requests[0], **options)
            else:
                call = channel.stream_stream(path)(iter(requests), **options)
            for reply in call:
                received.append(digest(reply))
                if len(received) == case.get("cancelAfter"):
                    call.cancel()
    except (grpc.RpcError, grpc.FutureCancelledError):
        pass
    trailing = call.trailing_metadata() or ()
    say(
        peer="client",
        call=case["id"],
        sent=[digest(request) for request in requests],
        received=received,
        code=call.code().value[0],
        message=call.details() or "",
        details=next((base64.b64encode(v).decode() for k, v in trailing if k == "grpc-status-details-bin"), None),
        echoed=[base64.b64encode(v).decode() for k, v in trailing if k == "x-echo-bin"],
    )


def call(port, path):
    with open(path) as file:
        cases = json.load(file)
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=MAX_BYTES) as channel:
        with futures.ThreadPoolExecutor(max_workers=128) as pool:
            for case in [case for case in cases if "group" not in case and case["id"] != "goaway"]:
                call_one(channel, case)
            list(pool.map(lambda case: call_one(channel, case), [case for case in cases if "group" in case]))
        call_one(channel, cases[-1])


if sys.argv[1] == "serve":
    serve(sys.argv[2])
else:
    call(sys.argv[2], sys.argv[3])
