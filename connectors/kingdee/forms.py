"""The vendor's forms behind each entity: keys, fields worth reading, defaults of a create (kingdee.md 4). Pure data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

ORG = "$org"
"""In defaults: stands for the organization number of the connection."""


@dataclass(frozen=True)
class Entry:
    """Rows of a document. `fields` are FieldKeys; queries name the row id `<key>_FEntryId`. `copies` fills a field
    that a
    new row lacks from another field of the row or, with a leading `^`, of the head."""

    key: str
    fields: tuple[str, ...]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    copies: Mapping[str, str] = field(default_factory=dict)

    @property
    def pk(self) -> str:
        return f"{self.key}_FEntryId"

    @property
    def seq(self) -> str:
        return f"{self.key}_FSeq"


@dataclass(frozen=True)
class Join:
    """Columns of another form, read beside the records: `on` (here) equals `key` (there); keys come as
    `<form>.<field>`."""

    form_id: str
    on: str
    key: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Form:
    """One form. `head` are FieldKeys in the order in which a Save must name them; `subheads` says which of them a Save
    wraps. `row_of` marks a form whose rows are the records: the entry whose row id is the record's id."""

    form_id: str
    pk: str
    number: str
    head: tuple[str, ...]
    entries: tuple[Entry, ...] = ()
    subheads: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    copies: Mapping[str, str] = field(default_factory=dict)
    modified: str = "FModifyDate"
    approved: str = "FApproveDate"
    status: str = "FDocumentStatus"
    forbidden: str = ""
    org: str = ""
    key_field: str = ""
    row_of: str = ""
    join: Join | None = None

    @cached_property
    def subhead_of(self) -> dict[str, str]:
        """Sub-head by lower-case field key."""
        return {name.lower(): head for head, names in self.subheads.items() for name in names}

    @cached_property
    def entry_keys(self) -> dict[str, Entry]:
        """Entries by key."""
        return {entry.key: entry for entry in self.entries}

    @property
    def hub_key(self) -> str:
        """The field that carries the hub's key: its own field, else the number."""
        return self.key_field or self.number


def _number(value: str) -> dict[str, str]:
    return {"FNumber": value}


_ORGS = MappingProxyType({"FCreateOrgId": _number(ORG), "FUseOrgId": _number(ORG)})
_STATE = ("FDocumentStatus", "FForbidStatus", "FCreateDate", "FModifyDate", "FApproveDate")

CUSTOMER = Form(
    "BD_Customer",
    "FCUSTID",
    "FNumber",
    (
        *("FCreateOrgId.FNumber", "FUseOrgId.FNumber", "FNumber", "FName", "FShortName", "FTRADINGCURRID.FNumber"),
        *("FTAXREGISTERCODE", "FSOCIALCRECODE", "FLegalPerson", "FRegisterAddress"),
        *("FCOUNTRY.FNumber", "FPROVINCIAL.FNumber"),
        *("FADDRESS", "FZIP", "FWEBSITE", "FTEL", "FFAX", "FDescription"),
        *("FINVOICETITLE", "FINVOICEBANKNAME", "FINVOICETEL", "FINVOICEBANKACCOUNT", "FINVOICEADDRESS"),
        *("FGroup.FNumber", "FCustTypeId.FNumber", "FSELLER.FNumber", "FSALDEPTID.FNumber"),
        *("FSETTLETYPEID.FNumber", "FRECCONDITIONID.FNumber", "FIsTrade", *_STATE),
    ),
    defaults=MappingProxyType({**_ORGS, "FTRADINGCURRID": _number("PRE001")}),
    forbidden="FForbidStatus",
    org="FUseOrgId.FNumber",
)

CONTACT = Form(
    "BD_CommonContact",
    "FCONTACTID",
    "FNumber",
    (
        *("FCompanyType", "FCompany.FNumber", "FCustId.FNumber", "FNumber", "FName", "FMobile", "FTel", "FEmail"),
        *("FPost", "FSex", "FBizLocNumber", "FBizLocation", "FBizAddress", "FDescription", *_STATE),
    ),
    defaults=MappingProxyType({"FCompanyType": "BD_Customer"}),
    copies=MappingProxyType({"FCompany": "FCustId", "FCustId": "FCompany"}),
    forbidden="FForbidStatus",
)

PRODUCT = Form(
    "BD_MATERIAL",
    "FMATERIALID",
    "FNumber",
    (
        *("FCreateOrgId.FNumber", "FUseOrgId.FNumber", "FNumber", "FName", "FSpecification", "FMnemonicCode"),
        *("FOldNumber", "FDescription", "FMaterialGroup.FNumber", "FMaterialGroup.FName", "FErpClsID"),
        *("FBaseUnitId.FNumber", "FBaseUnitId.FName", "FCategoryID.FNumber", "FCategoryID.FName", "FBARCODE"),
        *("FTaxRateId.FNumber", "FStoreUnitID.FNumber", "FSaleUnitId.FNumber", "FSalePriceUnitId.FNumber", *_STATE),
    ),
    subheads=MappingProxyType(
        {
            "SubHeadEntity": ("FErpClsID", "FBaseUnitId", "FCategoryID", "FSuite", "FBARCODE", "FTaxRateId"),
            "SubHeadEntity1": ("FStoreUnitID",),
            "SubHeadEntity2": ("FSaleUnitId", "FSalePriceUnitId"),
            "SubHeadEntity3": ("FPurchaseUnitId", "FPurchasePriceUnitId"),
        }
    ),
    defaults=_ORGS,
    copies=MappingProxyType(
        {"FStoreUnitID": "FBaseUnitId", "FSaleUnitId": "FBaseUnitId", "FSalePriceUnitId": "FBaseUnitId"}
    ),
    forbidden="FForbidStatus",
    org="FUseOrgId.FNumber",
)

EMPLOYEE = Form(
    "BD_Saler",
    "fid",
    "FNumber",
    (
        "FNumber",
        "FName",
        "FEmpNumber",
        "FStaffId.FNumber",
        "FDeptId.FNumber",
        "FDeptId.FName",
        "FBizOrgId.FNumber",
        *_STATE,
    ),
    forbidden="FForbidStatus",
    join=Join("BD_Empinfo", "FEmpNumber", "FNumber", ("FName", "FMobile", "FEmail", "FPostDept.FName")),
)

_ORDER_ROW = Entry(
    "FSaleOrderEntry",
    (
        *("FRowType", "FMaterialId.FNumber", "FMaterialId.FName", "FMaterialId.FSpecification", "FUnitID.FNumber"),
        *("FUnitID.FName", "FQty", "FPrice", "FTaxPrice", "FEntryTaxRate", "FDiscountRate", "FDiscount", "FIsFree"),
        *("FDeliveryDate", "FEntryNote", "FAllAmount", "FAmount", "FTaxAmount"),
        *("FDeliQty", "FStockOutQty", "FInvoiceQty", "FRemainOutQty", "FMrpCloseStatus"),
    ),
    defaults=MappingProxyType(
        {"FRowType": "Standard", "FSettleOrgIds": _number(ORG), "FReserveType": "1", "FOUTLMTUNIT": "SAL"}
    ),
    copies=MappingProxyType({"FPriceUnitId": "FUnitID", "FStockUnitID": "FUnitID", "FDeliveryDate": "^FDate"}),
)

ORDER = Form(
    "SAL_SaleOrder",
    "FID",
    "FBillNo",
    (
        *("FBillTypeID.FNumber", "FBillNo", "FDate", "FSaleOrgId.FNumber", "FCustId.FNumber", "FCustId.FName"),
        *("FSalerId.FNumber", "FSaleDeptId.FNumber", "FReceiveAddress", "FLinkMan", "FLinkPhone", "FNote"),
        *("FSettleCurrId.FNumber", "FIsIncludedTax", "FIsPriceExcludeTax", "FExchangeTypeId.FNumber", "FExchangeRate"),
        *("FRecConditionId.FNumber", "FBillAllAmount", "FBillAmount", "FBillTaxAmount"),
        *(
            "FDocumentStatus",
            "FCloseStatus",
            "FCancelStatus",
            "FManualClose",
            "FCreateDate",
            "FModifyDate",
            "FApproveDate",
        ),
    ),
    entries=(_ORDER_ROW,),
    subheads=MappingProxyType(
        {
            "FSaleOrderFinance": (
                *("FSettleCurrId", "FRecConditionId", "FIsPriceExcludeTax", "FSettleModeId", "FIsIncludedTax"),
                *("FExchangeTypeId", "FExchangeRate"),
            )
        }
    ),
    defaults=MappingProxyType(
        {"FBillTypeID": _number("XSDD01_SYS"), "FSaleOrgId": _number(ORG), "FSettleCurrId": _number("PRE001")}
    ),
)

RECEIVABLE = Form(
    "AR_receivable",
    "FID",
    "FBillNo",
    (
        *("FBillTypeID.FNumber", "FBillNo", "FDATE", "FENDDATE_H", "FCUSTOMERID.FNumber", "FCUSTOMERID.FName"),
        *("FCURRENCYID.FNumber", "FSETTLEORGID.FNumber", "FSALEERID.FNumber", "FMAINBOOKSTDCURRID.FNumber"),
        *("FExchangeRate", "FALLAMOUNTFOR", "FTaxAmountFor", "FNoTaxAmountFor", "FWRITTENOFFSTATUS", "FOPENSTATUS"),
        *("FWRITTENOFFAMOUNTFOR", "FNOTWRITTENOFFAMOUNTFOR", "FSOURCETYPE", "FSourceBillNo", "FREMARK"),
        *("FCancelStatus", "FDOCUMENTSTATUS", "FCREATEDATE", "FModifyDate", "FAPPROVEDATE"),
    ),
    entries=(
        Entry("FEntityPlan", ("FENDDATE", "FPAYRATE", "FPAYAMOUNTFOR", "FWRITTENOFFAMOUNT", "FNOTWRITTENOFFAMOUNT")),
    ),
    approved="FAPPROVEDATE",
    status="FDOCUMENTSTATUS",
)

RECEIPT = Form(
    "AR_RECEIVEBILL",
    "FID",
    "FBILLNO",
    (
        *("FBillTypeID.FNumber", "FBILLNO", "FDATE", "FCONTACTUNITTYPE", "FCONTACTUNIT.FNumber", "FCONTACTUNIT.FName"),
        *("FPAYUNITTYPE", "FPAYUNIT.FNumber", "FCURRENCYID.FNumber", "FSETTLEORGID.FNumber", "FPAYORGID.FNumber"),
        *(
            "FSALEERID.FNumber",
            "FSETTLEMAINBOOKID.FNumber",
            "FEXCHANGERATE",
            "FRECEIVEAMOUNTFOR_H",
            "FREALRECAMOUNTFOR",
        ),
        *("FRECAMOUNTFOR", "FWRITTENOFFSTATUS", "FREMARK", "FTHIRDBILLNO"),
        *("FCancelStatus", "FDOCUMENTSTATUS", "FCREATEDATE", "FMODIFYDATE", "FAPPROVEDATE"),
    ),
    entries=(
        Entry(
            "FRECEIVEBILLENTRY",
            (
                *("FSETTLETYPEID.FNumber", "FSETTLETYPEID.FName", "FPURPOSEID.FNumber", "FRECTOTALAMOUNTFOR"),
                *("FRECAMOUNTFOR_E", "FSETTLERECAMOUNTFOR", "FWRITTENOFFAMOUNTFOR_D", "FCOMMENT"),
            ),
            defaults=MappingProxyType({"FSETTLETYPEID": _number("JSFS04_SYS"), "FPURPOSEID": _number("SFKYT01_SYS")}),
        ),
    ),
    defaults=MappingProxyType(
        {
            "FBillTypeID": _number("SKDLX01_SYS"),
            "FCONTACTUNITTYPE": "BD_Customer",
            "FPAYUNITTYPE": "BD_Customer",
            "FCURRENCYID": _number("PRE001"),
            "FSETTLEORGID": _number(ORG),
            "FPAYORGID": _number(ORG),
        }
    ),
    copies=MappingProxyType({"FPAYUNIT": "FCONTACTUNIT"}),
    modified="FMODIFYDATE",
    approved="FAPPROVEDATE",
    status="FDOCUMENTSTATUS",
    key_field="FTHIRDBILLNO",
)

SETTLEMENT = Form(
    "AR_MATCHRECORD",
    "FID",
    "FBillNo",
    (
        *("FBillNo", "FDate", "FISREVERSAL", "FCUSTOMERID.FNumber", "FCURRENCYID.FNumber", "FRECEIVABLEID"),
        *("FRECEIVABLEBILLNO", "FPLANENTRYID", "FPLANSEQ", "FRECEIPTID", "FRECEIPTBILLNO", "FRECEIPTENTRYID"),
        *("FCURWRITTENOFFAMOUNTFOR", "FDocumentStatus", "FCreateDate", "FModifyDate", "FApproveDate"),
    ),
    row_of="FEntity",
)

FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "customer": CUSTOMER,
        "contact": CONTACT,
        "product": PRODUCT,
        "employee": EMPLOYEE,
        "order": ORDER,
        "receivable": RECEIVABLE,
        "receipt": RECEIPT,
        "settlement": SETTLEMENT,
    }
)
