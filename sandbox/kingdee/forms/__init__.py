"""The forms this sandbox knows, by id without regard to case."""

from sandbox.kingdee.forms.base_data import BASE_FORMS, STOCK
from sandbox.kingdee.forms.finance import MATCH_RECORD, RECEIPT, RECEIVABLE
from sandbox.kingdee.forms.model import Field, Form, Group
from sandbox.kingdee.forms.sales import SALE_ORDER

ALL_FORMS = (*BASE_FORMS, STOCK, SALE_ORDER, RECEIVABLE, RECEIPT, MATCH_RECORD)
_BY_ID = {form.form_id.lower(): form for form in ALL_FORMS}


def find_form(form_id: str) -> Form | None:
    """The form with this id, whatever its case; None when the product has no such object."""
    return _BY_ID.get(form_id.strip().lower())


__all__ = ["ALL_FORMS", "Field", "Form", "Group", "find_form"]
