"""Putting work in the queue: one message per piece of work, however many ask for it."""

import json
import logging
from dataclasses import asdict
from typing import Any, cast

import redis
from dramatiq import Message

from hub.queue.broker import HubBroker
from hub.queue.client import key
from hub.sync.tasks import Task

log = logging.getLogger(__name__)

#: A message that nobody started after this long counts as lost, and its work may be asked for again.
QUEUED_S = 60
QUEUE_OF_KIND = {
    **dict.fromkeys(("pull", "reread", "rolling", "sweep"), "sync"),
    **dict.fromkeys(("push", "settle"), "push"),
}
INTAKE, PLAN, DELIVER = "events.intake", "alerts.plan", "alerts.deliver"


class Queue:
    """Enqueues tasks and chores, each at most once until it starts. Never raises when Redis is away: the scheduler's
    sweep finds what is due, so a lost message costs a second.
    """

    def __init__(self, broker: HubBroker) -> None:
        self.broker = broker
        self._client = broker.client

    def enqueue(self, task: Task) -> bool:
        """True when a message went out; False when one is waiting already or Redis does not answer."""
        return self._send(_name(task), QUEUE_OF_KIND[task.kind], f"flow.{task.kind}", _arguments(task))

    def chore(self, actor: str) -> bool:
        """The same for INTAKE, PLAN and DELIVER."""
        return self._send(actor, "alerts", actor, {})

    def started(self, task: Task) -> None:
        """Called as the work begins: from here on a new hint needs a new message."""
        self._forget(_name(task))

    def chore_started(self, actor: str) -> None:
        self._forget(actor)

    def again(self, task: Task) -> None:
        """Somebody else holds the flow: whoever it is, or the scheduler, sends the task again."""
        self._quietly(lambda: self._client.hset(key("again"), _name(task), json.dumps(asdict(task))))

    def take_again(self, flow_id: int | None = None) -> list[Task]:
        """Tasks put off by `again`, of one flow or of all; each is handed out once."""
        found = cast("dict[bytes, bytes] | None", self._quietly(lambda: self._client.hgetall(key("again")))) or {}
        tasks = [Task(**json.loads(raw)) for raw in found.values()]
        mine = [task for task in tasks if flow_id in (None, task.flow_id)]
        return [task for task in mine if self._quietly(lambda name=_name(task): self._client.hdel(key("again"), name))]

    def _send(self, name: str, queue: str, actor: str, arguments: dict[str, Any]) -> bool:
        return bool(self._quietly(lambda: self._send_once(name, queue, actor, arguments)))

    def _send_once(self, name: str, queue: str, actor: str, arguments: dict[str, Any]) -> bool:
        if not self._client.set(key("queued", name), b"1", nx=True, ex=QUEUED_S):
            return False
        message: Message[None] = Message(queue_name=queue, actor_name=actor, args=(), kwargs=arguments, options={})
        try:
            self.broker.enqueue(message)
        except redis.RedisError:
            self._forget(name)
            raise
        return True

    def _forget(self, name: str) -> None:
        self._quietly(lambda: self._client.delete(key("queued", name)))

    def _quietly(self, call: Any) -> object:
        try:
            return cast(object, call())
        except redis.RedisError as error:
            log.warning("redis does not answer: %s", error)
            return None


def _name(task: Task) -> str:
    """A full run is not the same work as an incremental one, nor what a person asked for the same as a turn by schedule."""
    return ":".join((task.key, *(["full"] if task.full else []), *(["person"] if task.trigger == "person" else [])))


def _arguments(task: Task) -> dict[str, Any]:
    return {"flow_id": task.flow_id, "full": task.full, "trigger": task.trigger}
