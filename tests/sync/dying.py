"""kill -9 at a chosen step: the n-th database transaction of a block never starts, and nothing after it runs."""

from typing import Any

from tests.sync.world import World


class Killed(BaseException):
    """Stands for kill -9: nothing after it runs in that worker."""


class dying:
    """Inside the block, the n-th database transaction raises Killed, and so does every later one; what had committed stays.
    Steps between two transactions (a vendor call) are covered by dying at the transaction after them."""

    def __init__(self, world: World, step: int) -> None:
        self.world, self.left = world, step

    @property
    def fired(self) -> bool:
        return self.left <= 0

    def __enter__(self) -> "dying":
        self.write, self.read = self.world.db.write, self.world.db.read

        def counted(method: Any) -> Any:
            def call(*args: Any, **kwargs: Any) -> Any:
                self.left -= 1
                if self.left <= 0:
                    raise Killed
                return method(*args, **kwargs)

            return call

        self.world.db.write = counted(self.write)  # type: ignore[method-assign]
        self.world.db.read = counted(self.read)  # type: ignore[method-assign]
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        self.world.db.write, self.world.db.read = self.write, self.read  # type: ignore[method-assign]
        return kind is Killed
