"""What Schemathesis needs to know of this API: how calls are signed, and which ids lead to something.

Ids that are made up lead to 404s. So most of those that have the right form are replaced by ids of the scene, always the
same ones for the same case. Ids in a wrong form stay as they are.
"""

import json
import os
import random
import re

import schemathesis

from signed import Signed

SCENE = json.loads(os.environ["CONTRACT_SCENE"])
WITHDRAWING = {"suspendMedia", "restoreMedia", "retryMedia", "deleteMedia"}
FORMS = {
    "app": re.compile(r"[a-z][a-z0-9-]{1,30}"),
    "media": re.compile(r"[0-7][0-9a-hjkmnp-tv-z]{25}-[0-9a-hjkmnp-tv-z]{13}"),
    "sha256": re.compile(r"[0-9a-f]{64}"),
}

schemathesis.auth.set_from_requests(Signed())


def known(operation, name):
    """Returns the ids of the scene that a parameter of an operation may have."""
    if name == "app":
        # Of the scene's own app only what is within reach of its media may change.
        return [] if operation in {"putApp", "updateApp", "deleteApp"} else [SCENE["app"]]
    if name == "media":
        return SCENE["withdrawn"] if operation in WITHDRAWING else SCENE["kept"] + SCENE["withdrawn"]
    return SCENE["sha256"]


@schemathesis.serializer("application/x-subrip")
def subrip(context, value):
    """A body that is a text."""
    return {"data": value if isinstance(value, bytes) else str(value).encode()}


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = case.operation.definition.raw["operationId"]
    for name, form in FORMS.items():
        value = (case.path_parameters or {}).get(name)
        if not isinstance(value, str) or not form.fullmatch(value):
            continue
        choice = random.Random(f"{operation} {value} {case.body!r}")
        ids = known(operation, name)
        if ids and choice.random() < 0.9:
            case.path_parameters[name] = choice.choice(ids)
