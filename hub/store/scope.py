"""Who sees which records: everything, or a salesperson's own customers and what hangs on them."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true

from hub.store import core

#: Reference data that belongs to no customer.
SHARED_ENTITIES = ("product",)


@dataclass(frozen=True, slots=True)
class Scope:
    """`everything`, or only what belongs to the customers of `employee_id` (a record id; None owns nothing)."""

    everything: bool = False
    employee_id: int | None = None

    def records(self) -> ColumnElement[bool]:
        """Condition on `record`. A document whose customer is not known yet is nobody's."""
        if self.everything:
            return true()
        shared = core.record.c.entity.in_(SHARED_ENTITIES)
        if self.employee_id is None:
            return shared
        own = and_(core.record.c.entity == "customer", core.record.c.owner_id == self.employee_id)
        return or_(shared, own, core.record.c.customer_id.in_(self._customers()), core.record.c.id == self.employee_id)

    def alerts(self) -> ColumnElement[bool]:
        """Condition on `alert`: what was sent to this person or is about a record this person sees."""
        if self.everything:
            return true()
        if self.employee_id is None:
            return false()
        visible = select(core.record.c.id).where(self.records())
        return or_(core.alert.c.employee_id == self.employee_id, core.alert.c.record_id.in_(visible))

    def _customers(self) -> Select[tuple[int]]:
        customer = core.record.alias("own_customer")
        return select(customer.c.id).where(customer.c.entity == "customer", customer.c.owner_id == self.employee_id)


EVERYTHING = Scope(everything=True)
