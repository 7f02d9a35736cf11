"""Who uses the hub, and what they did with it."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from hub.store.tables.columns import json_column, key_column, ref_column, text_column, time_column


class User(SQLModel, table=True):
    """A person who uses the hub. role: admin | sales | finance. `employee_id` ties a salesperson to their own customers."""

    __tablename__ = "user"
    id: int | None = key_column()
    name: str = Field(unique=True)
    role: str
    password_hash: str = text_column()
    employee_id: int | None = ref_column(null=True)
    language: str = "zh"
    active: bool = True
    created_at: datetime = time_column()


class ApiToken(SQLModel, table=True):
    """A bearer token; only its SHA-256 is kept."""

    __tablename__ = "api_token"
    id: int | None = key_column()
    user_id: int = ref_column(index=True)
    name: str
    hash: str = Field(unique=True)
    created_at: datetime = time_column()
    expires_at: datetime | None = time_column(null=True)
    used_at: datetime | None = time_column(null=True)
    revoked: bool = False


class Audit(SQLModel, table=True):
    """What people did with the hub itself."""

    __tablename__ = "audit"
    id: int | None = key_column()
    at: datetime = time_column(index=True)
    who: str
    action: str
    target: str = ""
    data: dict[str, Any] = json_column()
