"""Terraform values on the wire: msgpack with one extension, "unknown"."""

import json

import msgpack


class Unknown:
    """A value known only after apply.

    Terraform may attach refinements ("not null", "starts with ..."), in an
    extension of its own; they are carried along untouched.
    """

    def __init__(self, code=0, data=b"\x00"):
        self.code, self.data = code, data

    def __repr__(self):
        return "<unknown>"


UNKNOWN = Unknown()


def is_unknown(value):
    return isinstance(value, Unknown)


def wholly_known(value):
    if is_unknown(value):
        return False
    if isinstance(value, dict):
        return all(wholly_known(item) for item in value.values())
    if isinstance(value, list):
        return all(wholly_known(item) for item in value)
    return True


def same(left, right):
    """Equal and known; an unknown equals nothing."""
    return wholly_known(left) and wholly_known(right) and left == right


def same_type(kind, left, right):
    """As same(), but for a set the order of elements does not matter."""
    if isinstance(kind, list) and kind[0] == "set":
        if isinstance(left, list) and isinstance(right, list):
            if not (wholly_known(left) and wholly_known(right)):
                return False
            return sorted(map(repr, left)) == sorted(map(repr, right))
    return same(left, right)


def _extension(code, data):
    return Unknown(code, data)


def _default(value):
    if is_unknown(value):
        return msgpack.ExtType(value.code, value.data)
    raise TypeError(f"cannot send {value!r}")


def decode(dynamic):
    if dynamic.msgpack:
        return msgpack.unpackb(dynamic.msgpack, ext_hook=_extension)
    if dynamic.json:
        return json.loads(dynamic.json)
    return None


def encode(value):
    return msgpack.packb(value, default=_default)
