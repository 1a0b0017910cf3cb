"""The cases cancel_after_begin and cancel_after_first_response in Python: cancel.py PORT. Prints `case code`.

grpc-js half-closes before it resets, so that a server may answer in between: its cancel shows on the wire otherwise.
"""

import sys
import threading

import grpc

# StreamingOutputCallRequest { response_parameters { size: 31415 } payload { body: 27182 zeros } }
REQUEST = b"\x12\x04\x08\xb7\xf5\x01" + b"\x1a\xb2\xd4\x01" + b"\x12\xae\xd4\x01" + bytes(27182)

done = threading.Event()


def requests(*first):
    """These, and no half-close."""
    yield from first
    done.wait()


def main(port):
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        empty = channel.unary_unary("/grpc.testing.TestService/EmptyCall")
        empty(b"", metadata=(("x-case", "connected"),))
        print("connected 0")
        method = channel.stream_unary("/grpc.testing.TestService/StreamingInputCall")
        call = method.future(requests(), metadata=(("x-case", "cancel_after_begin"),))
        # What comes later on this connection is answered: its headers are on the wire.
        empty(b"", metadata=(("x-case", "before_cancel"),))
        print("before_cancel 0")
        call.cancel()
        print("cancel_after_begin", call.code().value[0])
        method = channel.stream_stream("/grpc.testing.TestService/FullDuplexCall")
        call = method(requests(REQUEST), metadata=(("x-case", "cancel_after_first_response"),))
        next(call)
        call.cancel()
        print("cancel_after_first_response", call.code().value[0])
        done.set()


main(sys.argv[1])
