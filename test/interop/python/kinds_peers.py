"""Peers of all kinds of call, and of all ways to end one, with messages that are bytes. Python grpcio.

Usage: kinds_peers.py serve ADDRESS [CERT KEY] | call ADDRESS [CA]. An ADDRESS is host:port or unix:/path. The same peers are there in Go
and for grpc-js. Each prints what it did, a JSON object per call, joined by the metadata x-call-id: the SHA-256 of each message.
"""

import hashlib
import json
import random
import signal
import sys
import threading
import time
from concurrent import futures

import grpc

MIB = 1024 * 1024
OPTIONS = [
    ("grpc.max_receive_message_length", 16 * MIB),
    ("grpc.max_send_message_length", 16 * MIB),
    ("grpc.use_local_subchannel_pool", 1),
]
MANY = 100
lock = threading.Lock()


def digest(message):
    return hashlib.sha256(message).hexdigest()


def say(**what):
    with lock:
        print(json.dumps(what), flush=True)


class Seen:
    """What a handler received and sent."""

    def __init__(self, context):
        self.call = dict(context.invocation_metadata())["x-call-id"]
        self.received, self.sent = [], []

    def take(self, message):
        self.received.append(digest(message))
        return message

    def give(self, message):
        self.sent.append(digest(message))
        return message

    def tell(self):
        say(peer="server", call=self.call, received=self.received, sent=self.sent)


def unary(request, context):
    seen = Seen(context)
    reply = seen.give(seen.take(request)[::-1])
    seen.tell()
    return reply


def fail(request, context):
    seen = Seen(context)
    seen.take(request)
    seen.tell()
    context.abort(grpc.StatusCode.INVALID_ARGUMENT, "refused: ünïcode 100 %")


def slow(request, context):
    seen = Seen(context)
    seen.take(request)
    seen.tell()
    time.sleep(1)
    return request


def gather(requests, context):
    seen = Seen(context)
    total = sum(len(seen.take(request)) for request in requests)
    reply = seen.give(str(total).encode())
    seen.tell()
    return reply


def spread(request, context):
    seen = Seen(context)
    seen.take(request)
    for index in range(5):
        yield seen.give(request + bytes([index]))
    seen.tell()


def chat(requests, context):
    seen = Seen(context)
    for request in requests:
        yield seen.give(seen.take(request)[::-1])
    seen.tell()


def endless(request, context):
    seen = Seen(context)
    seen.take(request)
    ended = threading.Event()
    context.add_callback(ended.set)
    try:
        while not ended.wait(0.02):
            yield seen.give(request)
    finally:
        seen.tell()


def leave(request, context):
    seen = Seen(context)
    seen.take(request)
    yield seen.give(request)
    yield seen.give(request)
    seen.tell()
    context.cancel()


def serve(address, *tls):
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=MANY + 20), options=OPTIONS)
    handlers = {
        "Unary": grpc.unary_unary_rpc_method_handler(unary),
        "Fail": grpc.unary_unary_rpc_method_handler(fail),
        "Slow": grpc.unary_unary_rpc_method_handler(slow),
        "Gather": grpc.stream_unary_rpc_method_handler(gather),
        "Spread": grpc.unary_stream_rpc_method_handler(spread),
        "Chat": grpc.stream_stream_rpc_method_handler(chat),
        "Endless": grpc.unary_stream_rpc_method_handler(endless),
        "Leave": grpc.unary_stream_rpc_method_handler(leave),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("kinds.Kinds", handlers),))
    if tls:
        cert, key = (open(name, "rb").read() for name in tls)
        server.add_secure_port(address, grpc.ssl_server_credentials([(key, cert)]))
    else:
        server.add_insecure_port(address)
    server.start()
    print("serving", flush=True)
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    stopped.wait()
    server.stop(0.5).wait()


class Caller:
    def __init__(self, channel):
        self.channel = channel
        self.dice = random.Random(7)

    def body(self, size):
        return bytes(self.dice.getrandbits(8) for _ in range(size))

    def run(self, kind, call, method, requests, wait=20.0, cancel_after=None):
        sent, received = [], []

        def outgoing():
            for request in requests:
                sent.append(digest(request))
                yield request

        many_in = kind.startswith("stream")
        argument = outgoing() if many_in else next(outgoing())
        invoke = getattr(self.channel, kind)(f"/kinds.Kinds/{method}")
        try:
            result = invoke(argument, metadata=(("x-call-id", call),), timeout=wait)
            if kind.endswith("stream"):
                for reply in result:
                    received.append(digest(reply))
                    if len(received) == cancel_after:
                        result.cancel()
            else:
                received.append(digest(result))
            code, message = 0, ""
        except grpc.RpcError as error:
            code, message = error.code().value[0], error.details()
        say(peer="client", call=call, sent=sent, received=received, code=code, message=message)


def run_many(caller):
    """So many chats at once that all have said one thing, and heard the answer, before any says the next."""
    barrier = threading.Barrier(MANY)

    def requests(number):
        yield f"first of {number}".encode()
        barrier.wait()
        yield f"second of {number}".encode()

    with futures.ThreadPoolExecutor(max_workers=MANY) as pool:
        jobs = [
            pool.submit(caller.run, "stream_stream", f"many-{number}", "Chat", requests(number))
            for number in range(MANY)
        ]
        for job in jobs:
            job.result()


def call(address, *tls):
    if tls:
        channel = grpc.secure_channel(address, grpc.ssl_channel_credentials(open(tls[0], "rb").read()), options=OPTIONS)
    else:
        channel = grpc.insecure_channel(address, options=OPTIONS)
    caller = Caller(channel)
    for size in (0, 1, 100, 20_000):
        caller.run("unary_unary", f"unary-{size}", "Unary", [caller.body(size)])
    caller.run("unary_unary", "fail", "Fail", [b"please"])
    caller.run("stream_unary", "gather", "Gather", [caller.body(size) for size in (0, 5, 3_000, 70_000, 9)])
    caller.run("unary_stream", "spread", "Spread", [b"spread"])
    caller.run("stream_stream", "chat", "Chat", [caller.body(size) for size in (3, 0, 40_000, 7, 700, 1, 2, 3, 4, 5)])
    caller.run("unary_unary", "large", "Unary", [bytes(range(256)) * (8 * MIB // 256)])
    caller.run("unary_stream", "cancel", "Endless", [b"until you leave"], cancel_after=2)
    caller.run("unary_stream", "leave", "Leave", [b"until I leave"])
    caller.run("unary_unary", "deadline", "Slow", [b"hurry"], wait=0.15)
    run_many(caller)
    channel.close()


if sys.argv[1] == "serve":
    serve(*sys.argv[2:])
else:
    call(*sys.argv[2:])
