# SPDX-License-Identifier: Apache-2.0
"""Files of pprof, read by Google's own library."""

import gzip
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

# pprof's profile.proto: message => (field's name, number, type or message, repeated).
MESSAGES: dict[str, list[tuple[str, int, str, bool]]] = {
    "Profile": [
        ("sample_type", 1, "ValueType", True), ("sample", 2, "Sample", True),
         ("mapping", 3, "Mapping", True),
        ("location", 4, "Location", True), ("function", 5, "Function", True),
         ("string_table", 6, "string", True),
        ("drop_frames", 7, "int64", False), ("keep_frames", 8, "int64", False),
         ("time_nanos", 9, "int64", False),
        ("duration_nanos", 10, "int64", False), ("period_type", 11, "ValueType", False),
         ("period", 12, "int64", False),
        ("comment", 13, "int64", True), ("default_sample_type", 14, "int64", False),
    ],
    "ValueType": [("type", 1, "int64", False), ("unit", 2, "int64", False)],
    "Sample": [("location_id", 1, "uint64", True), ("value", 2, "int64", True),
    ("label", 3, "Label", True)],
    "Label": [("key", 1, "int64", False), ("str", 2, "int64", False), ("num", 3, "int64", False),
    ("num_unit", 4, "int64", False)],
    "Mapping": [("id", 1, "uint64", False), ("memory_start", 2, "uint64", False),
    ("memory_limit", 3, "uint64", False)],
    "Location": [
        ("id", 1, "uint64", False), ("mapping_id", 2, "uint64", False),
         ("address", 3, "uint64", False),
        ("line", 4, "Line", True), ("is_folded", 5, "bool", False),
    ],
    "Line": [("function_id", 1, "uint64", False), ("line", 2, "int64", False),
    ("column", 3, "int64", False)],
    "Function": [
        ("id", 1, "uint64", False), ("name", 2, "int64", False), ("system_name", 3, "int64", False),
        ("filename", 4, "int64", False), ("start_line", 5, "int64", False),
    ],
}  # fmt: skip


def decoded(content: bytes) -> Any:
    """The pprof file, read by Google's own library."""
    kinds = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(
        name="profile.proto", package="perftools.profiles", syntax="proto3"
    )
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, number, kind, repeated in fields:
            label = kinds.LABEL_REPEATED if repeated else kinds.LABEL_OPTIONAL
            if kind in MESSAGES:
                message.field.add(
                    name=field,
                    number=number,
                    label=label,
                    type=kinds.TYPE_MESSAGE,
                    type_name=f".perftools.profiles.{kind}",
                )
            else:
                message.field.add(
                    name=field,
                    number=number,
                    label=label,
                    type=getattr(kinds, f"TYPE_{kind.upper()}"),
                )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    made = message_factory.GetMessageClass(
        pool.FindMessageTypeByName("perftools.profiles.Profile")
    )()
    made.ParseFromString(gzip.decompress(content))
    return made
