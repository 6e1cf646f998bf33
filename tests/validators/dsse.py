"""Reads a DSSE envelope with securesystemslib and checks its signature: dsse.py ENVELOPE PUBLIC_KEY.

Prints the payload. Ends with 1 if the key in PUBLIC_KEY (PEM) did not sign it.
"""

import hashlib
import json
import sys

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey

with open(sys.argv[1], encoding="utf-8") as file:
    envelope = Envelope.from_dict(json.load(file))
with open(sys.argv[2], "rb") as file:
    public = load_pem_public_key(file.read())
der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
key = SSlibKey.from_crypto(public, keyid=hashlib.sha256(der).hexdigest())
try:
    envelope.verify([key], 1)
except VerificationError as error:
    sys.exit(f"not signed by that key: {error}")
if envelope.payload_type != "application/vnd.in-toto+json":
    sys.exit(f"not an in-toto statement: {envelope.payload_type}")
sys.stdout.write(envelope.payload.decode("utf-8"))
