"""How often Python looks for garbage: seldom while much is made that stays, and never again through what is there."""

import gc


def relax() -> None:
    """Look hardly ever: imports make some 200,000 objects, folds as many, and hardly a cycle among them."""
    gc.set_threshold(500_000, 20, 50)


def settle() -> None:
    """Leave out what is there now, of which next to nothing is garbage: to walk it again and again costs p99 dearly."""
    gc.freeze()
    # A thousand who come back at once make objects that stay, and a pause is as long as there are of them: many short
    # ones rather than a few long ones. Each object is walked twice while it is young, however often that is. But more
    # than 64 requests at once are made of: those 3,500 are soon gone by themselves, and were walked with each flock.
    gc.set_threshold(4_000, 1, 600)
