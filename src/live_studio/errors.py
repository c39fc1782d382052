"""Every error this package raises on purpose.

LiveStudioError
├── InvalidMetric      a name or value that cannot be logged (names both)
├── InvalidParam       a parameter that cannot be written down
├── InvalidPlot        a plot's name, kind or rows cannot be kept
├── InvalidArtifact    a path leads to nothing that can be read
├── InvalidEvent       a request body that is not a start, data or done (names the field)
├── TokenError         no token, or one that does not open this door
│   └── NotAllowed     a right token, but not for this
├── InvalidAddress     an address that no journal can be sent to
├── RemoteError        a server far away has not taken a journal
│   ├── Unreachable    it answers nothing, or not now
│   ├── Withheld       it does not take this run now
│   └── Rejected       it never takes this run
├── MissingPackage     what was asked for needs a package that is not installed
├── NoSuchToken        no token has that id or name
├── NoSuchProject      no project is called that
├── NoSuchExperiment   no experiment has that id
├── NotListening       a run cannot be asked to stop
├── InvalidProject     a project cannot be made or changed like this
├── InvalidBundle      a file is no export of a project, or cannot be trusted
├── NotWritten         a project's file cannot be written
├── GitTrouble         Git did not do what was asked of it
└── StoreError
    ├── StoreTooNew    written by a later live_studio
    └── StoreUnusable  the file cannot be opened, read or written
        ├── StoreFull      its disk is full
        └── StoreReadOnly  nobody may write it

KeyboardInterrupt
└── StopRequested      somebody at a dashboard stopped this run
"""


class LiveStudioError(Exception):
    """Root of the tree; catching it catches nothing that is not ours."""


class InvalidMetric(LiveStudioError, TypeError):
    """A metric's name or value cannot be logged."""


class InvalidParam(LiveStudioError, TypeError):
    """A parameter cannot be written as JSON."""


class InvalidPlot(LiveStudioError, TypeError):
    """A plot's name, kind or rows cannot be kept."""


class InvalidArtifact(LiveStudioError, ValueError):
    """What was given as an artifact is no path, or leads to nothing that can be read."""


class InvalidEvent(LiveStudioError, ValueError):
    """A request body is not a start, data or done."""


class MissingPackage(LiveStudioError, ImportError):
    """What was asked for needs a package that is not installed."""


class TokenError(LiveStudioError):
    """A request carries no token, or a wrong one."""


class NotAllowed(TokenError):
    """A token is right and does not reach as far as the request."""


class NoSuchToken(LiveStudioError, LookupError):
    """No token has that id or name, or several have the name."""


class NoSuchProject(LiveStudioError, LookupError):
    """No project is called that, or several are."""


class NoSuchExperiment(LiveStudioError, LookupError):
    """No experiment has that id, or it was deleted."""


class NotListening(LiveStudioError):
    """A run cannot be asked to stop; the text says why and what to do instead."""


class InvalidAddress(LiveStudioError, ValueError):
    """What was given as the address of a server is none."""


class RemoteError(LiveStudioError):
    """A server far away has not taken what it was sent."""


class Unreachable(RemoteError, OSError):
    """The server answers nothing, or says that now is not the time."""


class Withheld(RemoteError):
    """The server does not take one run now; it may take others."""


class Rejected(RemoteError):
    """The server cannot understand one run, now or later."""


class StoreError(LiveStudioError, OSError):
    """The store cannot do what was asked of it; trying again later may work, as with any disk."""


class StoreTooNew(StoreError):
    """The store was written by a later live_studio and is left untouched."""


class StoreUnusable(StoreError):
    """The store's file cannot be opened, read or written."""


class StoreFull(StoreUnusable):
    """The store's disk is full."""


class StoreReadOnly(StoreUnusable):
    """The store's file or disk may only be read."""


class InvalidProject(LiveStudioError, ValueError):
    """A project cannot be made or changed like this; the text says why and what to do."""


class InvalidBundle(LiveStudioError, ValueError):
    """A file is no export of a project, is damaged, or holds what no export does."""


class NotWritten(LiveStudioError, OSError):
    """A project's file cannot be written; the text says why and what to do."""


class GitTrouble(LiveStudioError):
    """Git did not answer. The text says why and what to do, for a person; it names no path."""


class StopRequested(KeyboardInterrupt):
    """Somebody at a dashboard stopped this run; it has ended when this is raised.

    The next call that logs raises it, once. An interrupt and no `LiveStudioError`, so that
    `except Exception` around a training step lets it pass, as it does Ctrl C.
    """

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: nothing is wrong with the code, so one line is enough."""
        return [f"{type(self).__name__}: {self}"]


def shown(text: str) -> str:
    """A client's text as it may stand in an answer or a log: short, and without control characters."""
    shown = ascii(text[:80])
    return shown if len(text) <= 80 and len(shown) <= 160 else f"{shown[:76]}...'"
