"""Push (下推): from audited sales orders to receivables.

The rule's id and its field map are an assumption of this sandbox: the vendor note names only
AR_OutStockToReceivableMap, which starts from an out-stock bill that the sandbox does not keep.
"""

from collections.abc import Mapping
from typing import Any

from sandbox.kingdee.body import flag
from sandbox.kingdee.desk import Desk, Request
from sandbox.kingdee.documents import Document
from sandbox.kingdee.errors import BAD_PARAMETER, EXCEPTION, VALIDATION, Refused
from sandbox.kingdee.forms import find_form
from sandbox.kingdee.replies import Envelope, entity_of, error_of, status
from sandbox.kingdee.saving import SaveOptions, Saving

ORDER_TO_RECEIVABLE = "SANDBOX_OrderToReceivable"


def push(desk: Desk, request: Request) -> Envelope:
    """One receivable per pushed order; ConvertResponseStatus says per source how the conversion went."""
    form, data = desk.form(request), request.call.data
    _check_rule(form.form_id, data)
    entities: list[Envelope] = []
    converted: list[Envelope] = []
    for index, found in enumerate(desk.selected(request, form)):
        try:
            made = _convert(desk, request, found)
        except Refused as refused:
            converted.append({"IsSuccess": False, **error_of(refused, index)})
        else:
            converted.append({"IsSuccess": True, "FieldName": None, "Message": "", "DIndex": index})
            entities.append(entity_of(made.id, made.values.get("fbillno"), index))
    errors = [item for item in converted if not item["IsSuccess"]] if not entities else []
    outcome = status(entities, errors, msg_code=VALIDATION if errors else 0, success=bool(entities))
    return {"Result": {"ResponseStatus": outcome, "ConvertResponseStatus": converted}}


def _check_rule(form_id: str, data: Mapping[str, Any]) -> None:
    rule, target = str(data.get("RuleId") or ""), find_form(str(data.get("TargetFormId") or ""))
    if flag(data.get("IsEnableDefaultRule")):
        if not data.get("TargetFormId"):
            raise Refused(BAD_PARAMETER, "启用默认转换规则时目标单据标识必传", field="TargetFormId")
    elif not rule:
        raise Refused(BAD_PARAMETER, "未启用默认转换规则时转换规则内码必传", field="RuleId")
    known = rule in {"", ORDER_TO_RECEIVABLE} and (target is None or target.form_id == "AR_receivable")
    if form_id != "SAL_SaleOrder" or not known:
        raise Refused(EXCEPTION, f"{form_id}没有可用的转换规则{rule}", field="RuleId")


def _convert(desk: Desk, request: Request, source: Document | Refused) -> Document:
    if isinstance(source, Refused):
        raise source
    if source.status != "C":
        raise Refused(VALIDATION, f"销售订单“{source.values.get('fbillno')}”未审核，不允许下推")
    form = desk.database.table("AR_receivable").form
    draft = flag(request.call.data.get("IsDraftWhenSaveFail")) and not source.rows.get("fsaleorderentry")
    options = SaveOptions(flat_subheads=True, fill_required=True, draft=draft)
    made = Saving(desk.database, form, request.actor, options).run(_model(source))
    desk.database.journal.append("create", form.form_id, id=made.id, data={"pushed_from": source.id})
    return made


def _model(source: Document) -> dict[str, Any]:
    values = source.values
    return {
        "FDATE": values.get("fdate"),
        "FCUSTOMERID": {"Id": values.get("fcustid")},
        "FCURRENCYID": {"Id": values.get("fsettlecurrid")},
        "FSETTLEORGID": {"Id": values.get("fsaleorgid")},
        "FSALEORGID": {"Id": values.get("fsaleorgid")},
        "FSALEERID": {"Id": values.get("fsalerid")},
        "FISTAX": values.get("fisincludedtax"),
        "FSOURCETYPE": "SAL_SaleOrder",
        "FSourceBillNo": values.get("fbillno"),
        "FEntityDetail": [
            {
                "FMATERIALID": {"Id": row.values.get("fmaterialid")},
                "FPRICEUNITID": {"Id": row.values.get("fpriceunitid")},
                "FPriceQty": row.values.get("fqty"),
                "FPrice": row.values.get("fprice"),
                "FTaxPrice": row.values.get("ftaxprice"),
                "FEntryTaxRate": row.values.get("fentrytaxrate"),
            }
            for row in source.rows.get("fsaleorderentry", [])
        ],
    }
