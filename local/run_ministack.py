"""Starts the AWS emulator and keeps temporary credentials valid across its restarts.

On SIGTERM, the emulator saves the state of every service except STS: upload credentials would become invalid with each
stop of the local stack, hours before they expire. So STS's sessions are saved and restored as well; they hold secrets,
as IAM's state does. Written for the version pinned in requirements/run.txt.
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
