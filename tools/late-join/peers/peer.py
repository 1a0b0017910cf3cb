"""A gRPC peer that follows a plan of calls as bytes: peer.py serve|call ADDRESS PLAN. ../plan.ts tells what a plan is."""

import base64
import json
import signal
import sys
import threading
from concurrent import futures

import grpc

DEADLINE_SECONDS = 20


def load(path):
    with open(path, encoding="utf-8") as file:
        plan = json.load(file)
    for call in plan["calls"]:
        call["requests"] = [base64.b64decode(text) for text in call["requests"]]
        call["replies"] = [base64.b64decode(text) for text in call["replies"]]
    return plan


class Handler(grpc.GenericRpcHandler):
    def __init__(self, plan):
        self.known = {(call["path"], *call["requests"]): call for call in plan["calls"]}

    def service(self, details):
        def answer(requests, context):
            call = self.known[(details.method, *requests)]
            yield from call["replies"]
            if call["code"] != 0:
                code = next(code for code in grpc.StatusCode if code.value[0] == call["code"])
                context.abort(code, call["message"])

        return grpc.stream_stream_rpc_method_handler(answer)


def serve(address, plan):
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8), handlers=(Handler(plan),))
    server.add_insecure_port(address)
    server.start()
    print("serving", flush=True)
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    stopped.wait()
    server.stop(grace=1).wait()


def call_all(address, plan):
    with grpc.insecure_channel(address) as channel:
        for batch in plan["batches"]:
            calls = [plan["calls"][index] for index in batch]
            streams = [
                channel.stream_stream(call["path"])(iter(call["requests"]), timeout=DEADLINE_SECONDS) for call in calls
            ]
            for call, stream in zip(calls, streams):
                check(call, stream)
    print(len(plan["calls"]), "calls")


def check(call, stream):
    replies = []
    try:
        replies.extend(stream)
    except grpc.RpcError:
        pass
    if replies != call["replies"] or stream.code().value[0] != call["code"]:
        sys.exit(f"{call['path']}: {stream.code()} {stream.details()}")


command, address, path = sys.argv[1:]
(serve if command == "serve" else call_all)(address, load(path))
