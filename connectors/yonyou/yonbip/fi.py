"""Documents of the old finance in the words of the new one, so that one mapping serves both. Pure."""

from connectors.yonyou.yonbip import shapes
from hub.connector import Native, Remote

_WORDS = {
    "customer": "customer", "customerCode": "customer_code", "customerName": "customer_name", "code": "code",
    "billDate": "vouchdate", "oriTaxIncludedAmount": "oriSum", "localTaxIncludedAmount": "natSum",
    "oriBalance": "balance", "localBalance": "localbalance", "oriCurrency": "currency",
    "oriCurrencyName": "currency_name", "exchangeRate": "exchRate", "remarks": "description", "pubts": "pubts",
    "staffCode": "operator_code", "financeOrgCode": "accentity_code", "dueDate": "dueDate",
}  # fmt: skip
_WRITTEN_OFF = {"1": "2", "2": "0", "3": "1"}  # FI: 1 done, 2 not, 3 part; EFI: 0 not, 1 part, 2 all


def bill_of_oar(row: Native) -> Remote:
    return _bill(row, "writeoffstatus")


def bill_of_receipt(row: Native) -> Remote:
    return _bill(row, "settlestatus")


def _bill(row: Native, settled: str) -> Remote:
    words = {name: row[source] for name, source in _WORDS.items() if source in row}
    verified = "2" if str(row.get("auditstatus")) == "1" else "0"
    state = _WRITTEN_OFF.get(str(row.get(settled)), "0")
    return shapes.bill({**words, "id": row["id"], "verifyState": verified, "writeOffState": state})
