"""Starts the AWS emulator, whose temporary credentials outlive its restart.

On SIGTERM it saves what every service knows, but of STS nothing: upload credentials would end with each stop of the
local stack, hours before they say. So STS's sessions are saved and restored with the rest; they hold secrets, as IAM's
state does. Written for the version pinned in requirements/run.txt.
"""

from ministack.app import main
from ministack.services import sts


def save():
    sts._evict_expired_sessions()
    return {"sessions": dict(sts._sessions)}


def restore(state):
    sts._sessions.update(state.get("sessions", {}))


sts.get_state = save
sts.load_persisted_state = restore

if __name__ == "__main__":
    main()
