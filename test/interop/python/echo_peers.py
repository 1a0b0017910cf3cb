"""gRPC peers without a schema: messages are bytes. Usage: echo_peers.py serve ADDRESS | call ADDRESS SEED.

The server sends every message back, reversed. Both print what they sent and received, a JSON object per call, joined by the metadata
x-call-id: the SHA-256 of each message.
"""

import hashlib
import json
import random
import signal
import sys
import threading
from concurrent import futures

import grpc

UNARY_CALLS = 60
CHATS = 8
CHANNELS = 4
lock = threading.Lock()


def digest(message):
    return hashlib.sha256(message).hexdigest()


def say(**what):
    with lock:
        print(json.dumps(what), flush=True)


def call_id(context):
    return dict(context.invocation_metadata())["x-call-id"]


def unary(request, context):
    reply = request[::-1]
    say(peer="server", call=call_id(context), received=[digest(request)], sent=[digest(reply)])
    return reply


def chat(requests, context):
    received, sent = [], []
    for request in requests:
        received.append(digest(request))
        sent.append(digest(request[::-1]))
        yield request[::-1]
    say(peer="server", call=call_id(context), received=received, sent=sent)


def serve(address):
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=16))
    methods = {
        "Unary": grpc.unary_unary_rpc_method_handler(unary),
        "Chat": grpc.stream_stream_rpc_method_handler(chat),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("lossy.Echo", methods),))
    server.add_insecure_port(address)
    server.start()
    print("serving", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: server.stop(1))
    server.wait_for_termination()


def call(address, seed):
    dice = random.Random(int(seed))
    options = [("grpc.use_local_subchannel_pool", 1)]
    channels = [grpc.insecure_channel(address, options=options) for _ in range(CHANNELS)]

    def body():
        return bytes(dice.getrandbits(8) for _ in range(dice.choice([0, 5, 200, 3000, 20000])))

    def one(job):
        kind, number, channel, bodies = job
        name = f"{kind}-{number}"
        metadata = (("x-call-id", name),)
        if kind == "unary":
            replies = [channel.unary_unary("/lossy.Echo/Unary")(bodies[0], metadata=metadata, timeout=60)]
        else:
            replies = list(channel.stream_stream("/lossy.Echo/Chat")(iter(bodies), metadata=metadata, timeout=60))
        say(peer="client", call=name, sent=[digest(b) for b in bodies], received=[digest(b) for b in replies])

    jobs = [("unary", i, channels[i % CHANNELS], [body()]) for i in range(UNARY_CALLS)]
    jobs += [("chat", i, channels[i % CHANNELS], [body() for _ in range(12)]) for i in range(CHATS)]
    dice.shuffle(jobs)
    with futures.ThreadPoolExecutor(max_workers=8) as pool:
        list(pool.map(one, jobs))
    for channel in channels:
        channel.close()


if sys.argv[1] == "serve":
    serve(sys.argv[2])
else:
    call(sys.argv[2], sys.argv[3])
