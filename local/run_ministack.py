"""Starts the AWS emulator with three changes. Written for the version pinned in requirements/run.txt.

Temporary credentials stay valid across restarts. On SIGTERM, the emulator saves the state of every service except STS:
upload credentials would become invalid with each stop of the local stack, hours before they expire. So STS's sessions
are saved and restored as well; they hold secrets, as IAM's state does.

A part of an object is read without the rest. The emulator reads a whole file for each range that is asked for: a fifth
of a second for each range of a document of 300 MB, in a process that answers one request at a time.

How much an event source does at once may be a parameter of the template. The emulator keeps a parameter of the type
Number as a text, and then cannot compare it.
"""

import contextlib
import contextvars
import mmap

from ministack.app import main
from ministack.services import lambda_svc, s3, sts


def save():
    sts._evict_expired_sessions()
    return {"sessions": dict(sts._sessions)}


def restore(state):
    sts._sessions.update(state.get("sessions", {}))


sts.get_state = save
sts.load_persisted_state = restore

wants_part = contextvars.ContextVar("wants_part", default=False)


def for_parts(operation, header):
    """Wraps an operation of S3 that takes one slice of the object's body if the request has this header."""

    def wrapped(*request):
        token = wants_part.set(any(header in part for part in request if isinstance(part, dict)))
        try:
            return operation(*request)
        finally:
            wants_part.reset(token)

    return wrapped


def with_parts(read_body):
    def wrapped(bucket, key, obj):
        if wants_part.get() and obj.get("body") is None and s3.S3_PERSIST:
            # Without a file, or with an empty one, the emulator itself answers.
            with contextlib.suppress(OSError, TypeError, ValueError):
                with open(s3._object_disk_path(bucket, key), "rb") as file:
                    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return read_body(bucket, key, obj)

    return wrapped


s3._get_object = for_parts(s3._get_object, "range")
s3._upload_part_copy = for_parts(s3._upload_part_copy, "x-amz-copy-source-range")
s3._read_body = with_parts(s3._read_body)


def with_number(concurrency):
    def wrapped(source, *rest):
        scaling = dict(source.get("ScalingConfig") or {})
        if "MaximumConcurrency" in scaling:
            scaling["MaximumConcurrency"] = int(scaling["MaximumConcurrency"])
        return concurrency({**source, "ScalingConfig": scaling}, *rest)

    return wrapped


lambda_svc._sqs_esm_concurrency = with_number(lambda_svc._sqs_esm_concurrency)

if __name__ == "__main__":
    main()
