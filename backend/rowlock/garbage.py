"""How often Python looks for garbage: seldom while much is made that stays, and never again through what is there."""

import gc


def relax() -> None:
    """Look less often: imports and folds make a great many small objects, and hardly a cycle."""
    gc.set_threshold(50_000, 20, 50)


def settle() -> None:
    """Leave out what is there now, of which next to nothing is garbage: to walk it again and again costs p99 dearly."""
    gc.freeze()
    # A thousand who come back at once make objects that stay: many short pauses rather than a few long ones.
    gc.set_threshold(5_000, 10, 50)
