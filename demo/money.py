"""The finance part of the story: receivables that tie to the ERP's own figures, and one alert for what is overdue."""

from demo.say import Say
from demo.stage import Stage


class Money:
    """What finance and the salesperson see."""

    def __init__(self, stage: Stage, say: Say) -> None:
        self.stage, self.say = stage, say

    def receivables(self) -> None:
        return None

    def overdue_alert(self) -> None:
        return None
