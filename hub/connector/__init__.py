"""What a connector is: the contract, the manifest, discovery, the HTTP session and webhook requests."""

from hub.connector.contract import (
    Answer,
    Client,
    Confirming,
    Connector,
    Delivery,
    Hint,
    Listening,
    Message,
    Native,
    Page,
    Remote,
    WebhookReply,
    WebhookRequest,
    Write,
    WriteOutcome,
    Written,
)
from hub.connector.link import Budget, Link, MemoryTokens, Tokens, Unlimited
from hub.connector.manifest import EntityManifest, Manifest, load_manifest

__all__ = [
    "Answer",
    "Budget",
    "Client",
    "Confirming",
    "Connector",
    "Delivery",
    "EntityManifest",
    "Hint",
    "Link",
    "Listening",
    "Manifest",
    "MemoryTokens",
    "Message",
    "Native",
    "Page",
    "Remote",
    "Tokens",
    "Unlimited",
    "WebhookReply",
    "WebhookRequest",
    "Write",
    "WriteOutcome",
    "Written",
    "load_manifest",
]
