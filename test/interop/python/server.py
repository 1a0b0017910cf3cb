"""The calculator in Python: prints "listening PORT", then one JSON object per call. SIGTERM ends it."""

import json
import signal
import threading
from concurrent import futures

import grpc
import stubs

messages, services = stubs.load()


class Cal(services.CalServicer):
    def Add(self, request, context):
        return reply("Add", request, "+", request.number1 + request.number2, context)

    def Multiply(self, request, context):
        return reply("Multiply", request, "*", request.number1 * request.number2, context)


def reply(method, request, operator, number, context):
    print(json.dumps({"method": method, "number1": request.number1, "number2": request.number2}), flush=True)
    if not -(2**31) <= number < 2**31:
        sentence = f"{request.number1} {operator} {request.number2} is outside the range of int32"
        context.abort(grpc.StatusCode.OUT_OF_RANGE, sentence)
    return messages.ResultReply(number=number)


def main():
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    services.add_CalServicer_to_server(Cal(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(f"listening {port}", flush=True)
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    stopped.wait()
    server.stop(grace=1).wait()


main()
