"""Calls a calculator over one connection, one call after the other: client.py HOST:PORT '[["Add", 100, 300], …]'.

Prints one JSON object per call: path, request, response or null, status.
"""

import json
import sys

import grpc
import stubs

DEADLINE_SECONDS = 10


def main(address, calls):
    messages, services = stubs.load()
    with grpc.insecure_channel(address) as channel:
        stub = services.CalStub(channel)
        for method, number1, number2 in calls:
            request = getattr(messages, f"{method}Request")(number1=number1, number2=number2)
            print(json.dumps(call(stub, method, request)), flush=True)


def call(stub, method, request):
    record = {
        "path": f"/Cal/{method}",
        "request": {"number1": request.number1, "number2": request.number2},
        "response": None,
        "status": {"code": 0, "name": "OK", "message": ""},
    }
    try:
        record["response"] = {"number": getattr(stub, method)(request, timeout=DEADLINE_SECONDS).number}
    except grpc.RpcError as error:
        code, name = error.code().value[0], error.code().name
        record["status"] = {"code": code, "name": name, "message": error.details()}
    return record


main(sys.argv[1], json.loads(sys.argv[2]))
