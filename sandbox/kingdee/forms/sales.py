"""The sales order (kingdee.md 4.4)."""

from sandbox.kingdee.forms.model import (
    BILL_OPERATIONS,
    Form,
    Group,
    amount,
    date,
    enum,
    flag,
    integer,
    local,
    price,
    qty,
    ref,
    state_fields,
    text,
)

_ORG = "ORG_Organizations"

_HEAD = (
    ref("FBillTypeID", "单据类型", "BOS_BillType", required=True),
    text("FBillNo", "单据编号"),
    date("FDate", "日期", required=True),
    ref("FSaleOrgId", "销售组织", _ORG, required=True),
    ref("FCustId", "客户", "BD_Customer", required=True),
    ref("FSalerId", "销售员", "BD_Saler", required=True),
    ref("FSaleDeptId", "销售部门", "BD_Department"),
    ref("FSaleGroupId", "销售组", "BD_OperatorGroup"),
    ref("FReceiveId", "收货方", "BD_Customer"),
    ref("FSettleId", "结算方", "BD_Customer"),
    ref("FChargeId", "付款方", "BD_Customer"),
    ref("FHeadDeliveryWay", "交货方式", "BOS_ASSISTANTDATA_SELECT"),
    text("FHEADLOCID", "交货地点"),
    text("FReceiveAddress", "收货方地址"),
    text("FLinkMan", "收货人姓名"),
    text("FLinkPhone", "联系电话"),
    ref("FReceiveContact", "收货方联系人", "BD_CommonContact"),
    local("FNote", "备注"),
    flag("FISINIT", "是否期初单据"),
    flag("FIsMobile", "来自移动"),
    enum("FCloseStatus", "关闭状态", "A", computed=True),
    enum("FCancelStatus", "作废状态", "A", computed=True),
    enum("FManualClose", "手工关闭", "0", computed=True),
    enum("FCreditCheckResult", "信用检查结果", "0", computed=True),
    text("F_HUB_KEY", "集成键"),
    *state_fields(),
)

_FINANCE = Group(
    "FSaleOrderFinance",
    "财务信息",
    (
        ref("FSettleCurrId", "结算币别", "BD_Currency", required=True),
        ref("FRecConditionId", "收款条件", "BD_RecCondition"),
        flag("FIsPriceExcludeTax", "价外税", default=True),
        ref("FSettleModeId", "结算方式", "BD_SETTLETYPE"),
        flag("FIsIncludedTax", "是否含税", default=True),
        ref("FExchangeTypeId", "汇率类型", "BD_RATETYPE"),
        price("FExchangeRate", "汇率", default="1"),
        amount("FBillAllAmount", "价税合计", computed=True),
        amount("FBillAmount", "金额", computed=True),
        amount("FBillTaxAmount", "税额", computed=True),
    ),
    single=True,
)

_ENTRY = Group(
    "FSaleOrderEntry",
    "订单明细",
    (
        enum("FRowType", "产品类型", "Standard"),
        ref("FMaterialId", "物料编码", "BD_MATERIAL", required=True),
        ref("FUnitID", "销售单位", "BD_UNIT", required=True),
        qty("FQty", "销售数量"),
        ref("FPriceUnitId", "计价单位", "BD_UNIT", required=True),
        price("FPrice", "单价"),
        price("FTaxPrice", "含税单价"),
        price("FEntryTaxRate", "税率%"),
        flag("FIsFree", "是否赠品"),
        price("FDiscountRate", "折扣率%"),
        amount("FDiscount", "折扣额"),
        date("FDeliveryDate", "要货日期", required=True),
        ref("FStockOrgId", "库存组织", _ORG),
        ref("FSettleOrgIds", "结算组织", _ORG, required=True),
        ref("FSupplyOrgId", "供应组织", _ORG),
        enum("FOwnerTypeId", "货主类型", "BD_OwnerOrg"),
        ref("FOwnerId", "货主", _ORG),
        enum("FReserveType", "预留类型", required=True),
        qty("FPriceBaseQty", "计价基本数量"),
        ref("FStockUnitID", "库存单位", "BD_UNIT", required=True),
        qty("FStockQty", "库存单位数量"),
        qty("FStockBaseQty", "库存基本数量"),
        enum("FOUTLMTUNIT", "超发控制单位类型", required=True),
        ref("FOutLmtUnitID", "超发控制单位", "BD_UNIT"),
        local("FEntryNote", "备注"),
        amount("FAllAmount", "价税合计", computed=True),
        amount("FAmount", "金额", computed=True),
        amount("FTaxAmount", "税额", computed=True),
        amount("FAllAmountExceptDisCount", "折前价税合计", computed=True),
        qty("FDeliQty", "累计发货数量", computed=True),
        qty("FStockOutQty", "累计出库数量", computed=True),
        qty("FInvoiceQty", "累计开票数量", computed=True),
        qty("FCanOutQty", "可出数量", computed=True),
        qty("FRemainOutQty", "剩余未出数量", computed=True),
        enum("FMrpCloseStatus", "业务关闭", "A", computed=True),
    ),
)

_PLAN = Group(
    "FSaleOrderPlan",
    "收款计划",
    (
        date("FMustDate", "到期日"),
        price("FRecAdvanceRate", "应收比例"),
        amount("FRecAdvanceAmount", "应收金额"),
    ),
)

_CLAUSE = Group(
    "FSaleOrderClause",
    "订单条款",
    (ref("FClauseId", "条款", "BOS_ASSISTANTDATA_SELECT"), local("FClauseDesc", "条款描述")),
)
_TRACE = Group(
    "FSalOrderTrace",
    "物流跟踪",
    (text("FCarryBillNo", "运单号"), integer("FTraceSeq", "序号")),
)

SALE_ORDER = Form(
    "SAL_SaleOrder",
    "销售订单",
    "FID",
    _HEAD,
    (_FINANCE, _ENTRY, _PLAN, _CLAUSE, _TRACE),
    prefix="XSDD",
    org="FSaleOrgId",
    indexed=("FCustId", "F_HUB_KEY"),
    operations=(
        *BILL_OPERATIONS,
        ("YLBillClose", "整单关闭"),
        ("YLUnBillClose", "整单反关闭"),
        ("BillClose", "关闭"),
        ("BillUnClose", "反关闭"),
    ),
)
