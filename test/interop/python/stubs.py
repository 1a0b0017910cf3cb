"""The Python classes of proto/SimpleCal.proto, generated into a temporary folder by grpc_tools and imported from there."""

import importlib
import pathlib
import sys
import tempfile

from grpc_tools import protoc

PROTO = pathlib.Path(__file__).resolve().parents[3] / "proto"


def load():
    """Returns the modules SimpleCal_pb2 and SimpleCal_pb2_grpc."""
    with tempfile.TemporaryDirectory() as folder:
        status = protoc.main(
            ("", f"-I{PROTO}", f"--python_out={folder}", f"--grpc_python_out={folder}", "SimpleCal.proto")
        )
        if status != 0:
            sys.exit(f"grpc_tools.protoc ended with status {status}")
        sys.path.insert(0, folder)
        try:
            return importlib.import_module("SimpleCal_pb2"), importlib.import_module("SimpleCal_pb2_grpc")
        finally:
            sys.path.remove(folder)
