"""Log messages with the interface of ``logging`` in CPython and micropython-lib, as much of it as a board has use for.

``getLogger(name).warning("%d volts", volts)`` reaches every handler whose level it has; a logger without handlers of
its own hands its records to the root's. What is below a level is not formatted; but every call allocates, so there is
none on the audio path. There are no streams, formatters and files here: the one handler of this program sends LOG
frames (``link.LogFrames``). A file of our own, because micropython-lib's package lies outside the slots: an update
could not bring it along, nor a roll-back bring it back.
"""

from micropython import const

CRITICAL = const(50)
ERROR = const(40)
WARNING = const(30)
INFO = const(20)
DEBUG = const(10)
NOTSET = const(0)

ROOT = "root"


class LogRecord:
    """One message: ``name`` of its logger, ``levelno``, ``message``."""

    def __init__(self, name, level, message):
        self.name = name
        self.levelno = level
        self.message = message


class Handler:
    """Where records go; a kind of handler overrides ``emit``."""

    def __init__(self, level=NOTSET):
        self.level = level

    def setLevel(self, level):
        self.level = level

    def format(self, record):
        """The line of a record; the root's name is not worth its bytes."""
        return record.message if record.name == ROOT else "%s: %s" % (record.name, record.message)

    def emit(self, record):
        raise NotImplementedError


class Logger:
    """Made by ``getLogger`` only."""

    def __init__(self, name, level=NOTSET):
        self.name = name
        self.level = level
        self.handlers = []

    def setLevel(self, level):
        self.level = level

    def getEffectiveLevel(self):
        return self.level or _loggers[ROOT].level

    def isEnabledFor(self, level):
        return level >= self.getEffectiveLevel()

    def hasHandlers(self):
        return bool(self.handlers or _loggers[ROOT].handlers)

    def addHandler(self, handler):
        if handler not in self.handlers:
            self.handlers.append(handler)

    def removeHandler(self, handler):
        if handler in self.handlers:
            self.handlers.remove(handler)

    def log(self, level, message, *args):
        if not self.isEnabledFor(level):
            return
        record = LogRecord(self.name, level, message % args if args else message)
        for handler in self.handlers or _loggers[ROOT].handlers:
            if level >= handler.level:
                handler.emit(record)

    def debug(self, message, *args):
        self.log(DEBUG, message, *args)

    def info(self, message, *args):
        self.log(INFO, message, *args)

    def warning(self, message, *args):
        self.log(WARNING, message, *args)

    def error(self, message, *args):
        self.log(ERROR, message, *args)

    def critical(self, message, *args):
        self.log(CRITICAL, message, *args)


_loggers = {ROOT: Logger(ROOT, WARNING)}


def getLogger(name=ROOT):
    """The one logger of this name."""
    if name not in _loggers:
        _loggers[name] = Logger(name)
    return _loggers[name]
