"""gRPC's interop test server in Python: server.py PORT. The features that interop-test-descriptions.md names under "Server"."""

import importlib
import pathlib
import sys
import tempfile
import time
from concurrent import futures

import grpc
from grpc_tools import protoc

HERE = pathlib.Path(__file__).resolve().parent
INITIAL = "x-grpc-test-echo-initial"
TRAILING = "x-grpc-test-echo-trailing-bin"


def load():
    with tempfile.TemporaryDirectory() as folder:
        options = ("", f"-I{HERE}", f"--python_out={folder}", f"--grpc_python_out={folder}", "test-service.proto")
        if protoc.main(options) != 0:
            sys.exit("protoc failed")
        sys.path.insert(0, folder)
        return importlib.import_module("test_service_pb2"), importlib.import_module("test_service_pb2_grpc")


messages, services = load()


def payload(size):
    return messages.Payload(body=bytes(size))


def echo_metadata(context):
    metadata = dict(context.invocation_metadata())
    if INITIAL in metadata:
        context.send_initial_metadata(((INITIAL, metadata[INITIAL]),))
    if TRAILING in metadata:
        context.set_trailing_metadata(((TRAILING, metadata[TRAILING]),))


def echo_status(request, context):
    """Ends the call where a status is asked for."""
    if request.HasField("response_status") and request.response_status.code != 0:
        code = next(code for code in grpc.StatusCode if code.value[0] == request.response_status.code)
        context.abort(code, request.response_status.message)


class TestService(services.TestServiceServicer):
    """UnimplementedCall stays as it is generated."""

    def EmptyCall(self, request, context):
        return messages.Empty()

    def UnaryCall(self, request, context):
        echo_metadata(context)
        if request.response_compressed.value:
            deflate = dict(context.invocation_metadata()).get("x-compression") == "deflate"
            context.set_compression(grpc.Compression.Deflate if deflate else grpc.Compression.Gzip)
        echo_status(request, context)
        return messages.SimpleResponse(payload=payload(request.response_size))

    def StreamingInputCall(self, requests, context):
        size = sum(len(request.payload.body) for request in requests)
        return messages.StreamingInputCallResponse(aggregated_payload_size=size)

    def StreamingOutputCall(self, request, context):
        return self.FullDuplexCall([request], context)

    def FullDuplexCall(self, requests, context):
        echo_metadata(context)
        for request in requests:
            for wanted in request.response_parameters:
                if wanted.HasField("compressed"):
                    context.set_compression(grpc.Compression.Gzip)
                    if not wanted.compressed.value:
                        context.disable_next_message_compression()
                time.sleep(wanted.interval_us / 1e6)
                yield messages.StreamingOutputCallResponse(payload=payload(wanted.size))
            echo_status(request, context)


def main():
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
    services.add_TestServiceServicer_to_server(TestService(), server)
    server.add_insecure_port(f"127.0.0.1:{sys.argv[1]}")
    server.start()
    print("serving", flush=True)
    server.wait_for_termination()


main()
