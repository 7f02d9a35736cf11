"""One push of a flow at a time per process: its calls are parallel already, and a second drain would only fight the first."""

import threading
from dataclasses import dataclass, field


@dataclass
class Turns:
    """Who asks while the work is under way is answered by it: it goes round once more before it ends."""

    _asked: dict[int, bool] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, key: int) -> bool:
        """False when the work is under way; it will go round once more."""
        with self._lock:
            if key in self._asked:
                self._asked[key] = True
                return False
            self._asked[key] = False
            return True

    def join(self, key: int) -> bool:
        """True when the work is under way and will go round once more: no need to ask for it."""
        with self._lock:
            if key in self._asked:
                self._asked[key] = True
            return key in self._asked

    def once_more(self, key: int) -> bool:
        """At the end of a round: whether somebody asked meanwhile. False ends the turn."""
        with self._lock:
            if self._asked[key]:
                self._asked[key] = False
                return True
            del self._asked[key]
            return False

    def end(self, key: int) -> None:
        """Whatever happened: the turn is over."""
        with self._lock:
            self._asked.pop(key, None)
