"""Figure 15: mapping 15 fields with a compiled mapping over the same work in plain Python. Prints ratios; asserts nothing.

Run: .venv/bin/python bench/bench_mapping.py
"""

import statistics
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from hub.mapping.compile import compile_mapping
from hub.mapping.schema import MappingSpec
from hub.model.money import decimal_text
from hub.model.phones import canonical_phone, national

RECORDS, ROUNDS = 20_000, 7
TEXTS = {
    "name": "FName", "short_name": "FShortName", "number": "FNumber", "address": "FADDRESS", "postcode": "FZIP",
    "website": "FWEBSITE", "fax": "FFAX", "remark": "FDescription", "invoice.title": "FINVOICETITLE",
    "invoice.bank_account": "FINVOICEBANKACCOUNT",
}  # fmt: skip
STATUS = {"A": "active", "B": "disabled"}
SPEC = {
    "system": "bench",
    "entity": "customer",
    "object": "Customer",
    "fields": [
        *({"field": field, "native": native, "steps": ["trim"]} for field, native in TEXTS.items()),
        {"field": "mobile", "native": "FTEL", "steps": ["phone"]},
        {"field": "status", "native": "FForbidStatus", "steps": [{"lookup": {"table": STATUS}}]},
        {
            "field": "owner",
            "native": "FSELLER.FNumber",
            "steps": [{"reference": {"entity": "employee", "by": "number"}}],
        },
        {"field": "custom.credit", "native": "FCredit", "type": "money", "steps": ["decimal"]},
        {"field": "custom.since", "native": "FFoundDate", "type": "date", "steps": ["date"]},
    ],
}


class Everywhere:
    """Every referenced record is at the target."""

    def target(self, entity: str, record_id: int) -> tuple[str, str]:
        return str(record_id), f"N{record_id}"


def record(number: int) -> dict[str, Any]:
    return {
        **{native: f"  华星贸易{number}有限公司" for native in TEXTS.values()},
        "FTEL": f"138{number:08d}",
        "FForbidStatus": "A",
        "FSELLER.FNumber": f"S{number % 50}",
        "FCredit": Decimal(f"{number}.5000000000"),
        "FFoundDate": "2020-01-31T00:00:00",
        **{f"FOther{column}": "x" for column in range(11)},
    }


def pull_by_hand(native: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same 15 fields as a careful programmer would write them: values, and natives to compare with next time."""
    values: dict[str, Any] = {}
    natives: dict[str, Any] = {}
    for field, key in TEXTS.items():
        if key in native:
            text = native[key]
            natives[field] = text
            values[field] = (text.strip() or None) if text is not None else None
    if "FTEL" in native:
        phone = native["FTEL"]
        natives["mobile"] = phone
        values["mobile"] = (canonical_phone(phone) or phone) if phone else None
    if "FForbidStatus" in native:
        natives["status"] = native["FForbidStatus"]
        values["status"] = STATUS[native["FForbidStatus"]]
    if "FSELLER.FNumber" in native:
        seller = native["FSELLER.FNumber"]
        natives["owner"] = seller
        values["owner"] = {"$ref": {"entity": "employee", "by": "number", "value": seller}} if seller else None
    if "FCredit" in native:
        credit = native["FCredit"]
        natives["custom.credit"] = values["custom.credit"] = decimal_text(credit) if credit is not None else None
    if "FFoundDate" in native:
        day = native["FFoundDate"]
        natives["custom.since"] = day
        values["custom.since"] = day[:10] if day else None
    return values, natives


def push_by_hand(golden: Mapping[str, Any], refs: Everywhere) -> dict[str, Any]:
    native: dict[str, Any] = {}
    for field, key in TEXTS.items():
        if golden.get(field) is not None:
            native[key] = golden[field].strip()
    if golden.get("mobile"):
        native["FTEL"] = national(golden["mobile"])
    if golden.get("status"):
        native["FForbidStatus"] = "A" if golden["status"] == "active" else "B"
    if golden.get("owner"):
        native["FSELLER"] = {"FNumber": refs.target("employee", golden["owner"])[1]}
    if golden.get("custom.credit"):
        native["FCredit"] = Decimal(golden["custom.credit"])
    if golden.get("custom.since"):
        native["FFoundDate"] = golden["custom.since"]
    return native


def seconds(work: Callable[[Any], object], inputs: list[Any]) -> float:
    start = time.perf_counter()
    for each in inputs:
        work(each)
    return time.perf_counter() - start


def ratio(ours: Callable[[Any], object], by_hand: Callable[[Any], object], inputs: list[Any]) -> tuple[float, float]:
    """(ours over by hand, microseconds per record of ours): medians of interleaved rounds."""
    rounds = [(seconds(ours, inputs), seconds(by_hand, inputs)) for _ in range(ROUNDS)]
    ours_s, hand_s = (statistics.median(times) for times in zip(*rounds, strict=True))
    return ours_s / hand_s, ours_s / len(inputs) * 1e6


def main() -> None:
    compiled, refs = compile_mapping(MappingSpec.model_validate(SPEC)), Everywhere()
    natives = [record(number) for number in range(RECORDS)]
    golden = [{**compiled.pull(native).values, "owner": 7} for native in natives]
    pulled, pull_us = ratio(compiled.pull, pull_by_hand, natives)
    pushed, push_us = ratio(
        lambda each: compiled.push(each, None, refs), lambda each: push_by_hand(each, refs), golden
    )  # fmt: skip
    print(f"figure 15  pull of 15 fields: {pulled:.2f} x plain Python ({pull_us:.1f} us a record; floor 3, goal 1.5)")
    print(f"           push of 15 fields: {pushed:.2f} x plain Python ({push_us:.1f} us a record)")


if __name__ == "__main__":
    main()
