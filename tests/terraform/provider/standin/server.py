"""The plugin server: go-plugin's handshake, TLS, and the protocol's calls."""

import base64
import datetime
import os
import sys
import tempfile
import threading
import traceback
from concurrent import futures

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from standin import provider
from standin.gen import tfplugin5_pb2 as pb

COOKIE = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"


def _certificate():
    """A key of our own for AutoMTLS, made anew for every start."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    return (
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
        certificate.public_bytes(serialization.Encoding.PEM),
        certificate.public_bytes(serialization.Encoding.DER),
    )


def _unary(function, request):
    def call(message, context):
        try:
            return function(message)
        except Exception:
            traceback.print_exc(file=sys.stderr)
            context.abort(grpc.StatusCode.INTERNAL, traceback.format_exc(limit=-3))

    return grpc.unary_unary_rpc_method_handler(
        call,
        request_deserializer=request.FromString,
        response_serializer=lambda answer: answer.SerializeToString(),
    )


def serve():
    if os.environ.get("TF_PLUGIN_MAGIC_COOKIE") != COOKIE:
        sys.exit("This is a plugin for terraform; it is not run by hand.")

    stopped = threading.Event()

    def shutdown(_):
        stopped.set()
        return pb.Empty()

    implementation = provider.Provider()
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    server.add_generic_rpc_handlers(
        (
            grpc.method_handlers_generic_handler(
                "tfplugin5.Provider",
                {
                    name: _unary(getattr(implementation, name), request)
                    for name, request in provider.CALLS.items()
                },
            ),
            grpc.method_handlers_generic_handler(
                "plugin.GRPCController", {"Shutdown": _unary(shutdown, pb.Empty)}
            ),
            # Terraform listens here for what a plugin prints; nothing is sent.
            grpc.method_handlers_generic_handler(
                "plugin.GRPCStdio",
                {
                    "StreamStdio": grpc.unary_stream_rpc_method_handler(
                        lambda message, context: iter(()),
                        request_deserializer=pb.Empty.FromString,
                        response_serializer=lambda answer: answer.SerializeToString(),
                    )
                },
            ),
        )
    )

    with tempfile.TemporaryDirectory(prefix="standin-") as directory:
        socket = os.path.join(directory, "s")
        fields = ["1", "5", "unix", socket, "grpc"]
        if os.environ.get("PLUGIN_CLIENT_CERT"):
            # AutoMTLS.  Terraform checks our certificate; we do not ask for
            # terraform's, for it has a P-521 key, which the TLS library in
            # grpcio does not accept.  The socket is in a directory only this
            # user can open.
            key, certificate, der = _certificate()
            credentials = grpc.ssl_server_credentials([(key, certificate)])
            server.add_secure_port(f"unix:{socket}", credentials)
            fields.append(base64.b64encode(der).decode().rstrip("="))
        else:
            server.add_insecure_port(f"unix:{socket}")
        server.start()
        print("|".join(fields), flush=True)
        stopped.wait()
        server.stop(grace=0.2).wait()
