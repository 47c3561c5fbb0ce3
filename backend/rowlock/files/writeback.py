"""Has the disk begin with bytes that were just written, so that waiting for the last of them takes less long."""

import ctypes

_WAIT_BEFORE, _WRITE, _WAIT_AFTER = 1, 2, 4


def begin(descriptor: int, offset: int, count: int) -> None:
    """Begin to bring these bytes of a file to the disk. A hint: it promises nothing, and does nothing but on Linux."""
    if _CALL is not None:
        _CALL(descriptor, offset, count, _WRITE)


def finish(descriptor: int, offset: int, count: int) -> None:
    """The same, and wait for them, so that the disk is free for others again. Neither size nor name lasts by it."""
    if _CALL is not None:
        _CALL(descriptor, offset, count, _WAIT_BEFORE | _WRITE | _WAIT_AFTER)


_CALL = getattr(ctypes.CDLL(None), "sync_file_range", None)
if _CALL is not None:
    _CALL.argtypes = [ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint]
