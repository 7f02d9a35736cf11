"""Base-data forms: customers, contacts, materials and the lists that documents point to (kingdee.md 4.1-4.3, 4.7)."""

from sandbox.kingdee.forms.model import (
    Form,
    Group,
    amount,
    base_data,
    date,
    enum,
    flag,
    integer,
    local,
    price,
    qty,
    ref,
    text,
)

_ORGS = (
    ref("FCreateOrgId", "创建组织", "ORG_Organizations", required=True),
    ref("FUseOrgId", "使用组织", "ORG_Organizations"),
)

CUSTOMER = base_data(
    "BD_Customer",
    "客户",
    "FCUSTID",
    (
        *_ORGS,
        local("FShortName", "客户简称", after_audit=True),
        text("FTAXREGISTERCODE", "纳税登记号", after_audit=True),
        text("FSOCIALCRECODE", "统一社会信用代码", after_audit=True),
        text("FLegalPerson", "法人代表", after_audit=True),
        amount("FRegisterFund", "注册资金"),
        date("FFoundDate", "成立日期"),
        text("FDomains", "经营范围"),
        text("FRegisterAddress", "注册地址", after_audit=True),
        ref("FCompanyClassify", "公司类别", "BOS_ASSISTANTDATA_SELECT"),
        ref("FCompanyNature", "公司性质", "BOS_ASSISTANTDATA_SELECT"),
        ref("FCompanyScale", "公司规模", "BOS_ASSISTANTDATA_SELECT"),
        ref("FCOUNTRY", "国家", "BOS_ASSISTANTDATA_SELECT"),
        ref("FPROVINCIAL", "地区", "BOS_ASSISTANTDATA_SELECT"),
        text("FADDRESS", "通讯地址", after_audit=True),
        text("FZIP", "邮政编码", after_audit=True),
        text("FWEBSITE", "公司网址", after_audit=True),
        text("FTEL", "联系电话", after_audit=True),
        text("FFAX", "传真", after_audit=True),
        text("FINVOICETITLE", "发票抬头", after_audit=True),
        text("FINVOICEBANKNAME", "开户银行", after_audit=True),
        text("FINVOICETEL", "开票联系电话", after_audit=True),
        text("FINVOICEBANKACCOUNT", "银行账号", after_audit=True),
        text("FINVOICEADDRESS", "开票通讯地址", after_audit=True),
        enum("FInvoiceType", "发票类型", "1"),
        ref("FTaxType", "税分类", "BOS_ASSISTANTDATA_SELECT"),
        ref("FTaxRate", "默认税率", "BD_TaxRate"),
        ref("FGroup", "客户分组", "BD_CustomerGroup", after_audit=True),
        ref("FCustTypeId", "客户类别", "BOS_ASSISTANTDATA_SELECT", after_audit=True),
        ref("FSELLER", "销售员", "BD_Saler", after_audit=True),
        ref("FSALDEPTID", "销售部门", "BD_Department", after_audit=True),
        ref("FSALGROUPID", "销售组", "BD_OperatorGroup"),
        ref("FTRADINGCURRID", "结算币别", "BD_Currency", required=True),
        ref("FSETTLETYPEID", "结算方式", "BD_SETTLETYPE", after_audit=True),
        ref("FRECCONDITIONID", "收款条件", "BD_RecCondition", after_audit=True),
        ref("FPRICELISTID", "价目表", "BD_SAL_PriceList"),
        ref("FDISCOUNTLISTID", "折扣表", "BD_SAL_DiscountList"),
        ref("FRECEIVECURRID", "收款币别", "BD_Currency"),
        integer("FPriority", "客户优先级", default=1),
        flag("FISCREDITCHECK", "启用信用管理", default=True),
        flag("FIsTrade", "是否交易客户", default=True),
        text("F_HUB_KEY", "集成键", after_audit=True),
    ),
    (
        Group("FT_BD_CUSTOMEREXT", "其他", (flag("FEnableSL", "启用商联"),), "BD_CUSTOMEREXT", single=True),
        Group(
            "FT_BD_CUSTLOCATION",
            "联系人",
            (
                ref("FContactId", "联系人", "BD_CommonContact"),
                flag("FIsDefaultConsigneeCT", "默认收货联系人"),
            ),
            "BD_CUSTLOCATION",
            "FENTRYID",
        ),
        Group(
            "FT_BD_CUSTBANK",
            "银行信息",
            (
                ref("FCOUNTRY1", "开户国家", "BOS_ASSISTANTDATA_SELECT"),
                text("FBANKCODE", "银行账号"),
                local("FACCOUNTNAME", "账户名称"),
                text("FOPENBANKNAME", "开户银行"),
                text("FCNAPS", "联行号"),
                ref("FCURRENCYID", "币别", "BD_Currency"),
                flag("FISDEFAULT1", "默认"),
            ),
            "BD_CUSTBANK",
            "FENTRYID",
        ),
        Group(
            "FT_BD_CUSTCONTACT",
            "地址信息",
            (
                text("FNUMBER1", "地点编码"),
                local("FNAME1", "地点名称"),
                local("FADDRESS1", "详细地址"),
                text("FMOBILE", "移动电话"),
                flag("FIsDefaultConsignee", "默认收货地址"),
                flag("FIsDefaultSettle", "默认开票地址"),
                flag("FIsDefaultPayer", "默认付款地址"),
            ),
            "BD_CUSTCONTACT",
            "FENTRYID",
        ),
    ),
    prefix="CUST",
    org="FUseOrgId",
    indexed=("F_HUB_KEY",),
)

CONTACT = base_data(
    "BD_CommonContact",
    "联系人",
    "FCONTACTID",
    (
        text("FMobile", "移动电话", after_audit=True),
        text("FTel", "固定电话", after_audit=True),
        text("FEmail", "电子邮箱", after_audit=True),
        text("FPost", "职务", after_audit=True),
        ref("FSex", "性别", "BOS_ASSISTANTDATA_SELECT"),
        enum("FCompanyType", "类型", "BD_Customer"),
        ref("FCompany", "所属公司", "BD_Customer"),
        ref("FCustId", "客户", "BD_Customer"),
        text("FBizLocNumber", "地点编码"),
        local("FBizLocation", "地点名称"),
        local("FBizAddress", "详细地址"),
        text("F_HUB_KEY", "集成键", after_audit=True),
    ),
    prefix="CXR",
    indexed=("FCompany", "FCustId", "F_HUB_KEY"),
)

MATERIAL = base_data(
    "BD_MATERIAL",
    "物料",
    "FMATERIALID",
    (
        *_ORGS,
        local("FSpecification", "规格型号", after_audit=True),
        text("FMnemonicCode", "助记码", after_audit=True),
        text("FOldNumber", "旧物料编码"),
        ref("FMaterialGroup", "物料分组", "BD_MATERIALGROUP"),
        text("F_HUB_KEY", "集成键", after_audit=True),
    ),
    (
        Group(
            "SubHeadEntity",
            "基本",
            (
                text("FBARCODE", "条码", after_audit=True),
                enum("FErpClsID", "物料属性", "1"),
                ref("FBaseUnitId", "基本单位", "BD_UNIT"),
                ref("FCategoryID", "存货类别", "BD_MATERIALCATEGORY"),
                enum("FSuite", "套件", "0"),
                ref("FTaxRateId", "默认税率", "BD_TaxRate"),
                flag("FIsSale", "允许销售", default=True),
                flag("FIsInventory", "允许库存", default=True),
                flag("FIsPurchase", "允许采购", default=True),
            ),
            "MaterialBase",
            single=True,
        ),
        Group(
            "SubHeadEntity1",
            "库存",
            (ref("FStoreUnitID", "库存单位", "BD_UNIT"), flag("FIsBatchManage", "启用批号管理")),
            "MaterialStock",
            single=True,
        ),
        Group(
            "SubHeadEntity2",
            "销售",
            (ref("FSaleUnitId", "销售单位", "BD_UNIT"), ref("FSalePriceUnitId", "销售计价单位", "BD_UNIT")),
            "MaterialSale",
            single=True,
        ),
        Group(
            "SubHeadEntity3",
            "采购",
            (ref("FPurchaseUnitId", "采购单位", "BD_UNIT"), ref("FPurchasePriceUnitId", "采购计价单位", "BD_UNIT")),
            "MaterialPurchase",
            single=True,
        ),
    ),
    prefix="CH",
    org="FUseOrgId",
    indexed=("F_HUB_KEY",),
)

EMPLOYEE = base_data(
    "BD_Empinfo",
    "员工",
    "FID",
    (
        ref("FUseOrgId", "使用组织", "ORG_Organizations"),
        text("FSTAFFID", "任岗内码"),
        text("FStaffNumber", "员工编号"),
        text("FMobile", "移动电话", after_audit=True),
        text("FEmail", "电子邮箱", after_audit=True),
        ref("FPostDept", "所属部门", "BD_Department", after_audit=True),
        text("FBaseProperty", "就任岗位"),
    ),
    prefix="YG",
)

SALER = base_data(
    "BD_Saler",
    "销售员",
    "fid",
    (
        ref("FStaffId", "员工", "BD_Empinfo"),
        text("FEmpNumber", "员工编号"),
        ref("FBizOrgId", "业务组织", "ORG_Organizations"),
        ref("FDeptId", "部门", "BD_Department"),
    ),
    prefix="XSY",
)

OPERATOR = base_data(
    "BD_OPERATOR",
    "业务员",
    "FID",
    (enum("FOperatorType", "业务员类型", "XSY"), ref("FStaffId", "员工", "BD_Empinfo")),
    prefix="YWY",
)

CURRENCY = base_data(
    "BD_Currency",
    "币别",
    "FCURRENCYID",
    (
        text("FCODE", "货币代码"),
        integer("FPRICEDIGITS", "单价精度", default=6),
        integer("FAMOUNTDIGITS", "金额精度", default=2),
    ),
)
UNIT = base_data("BD_UNIT", "计量单位", "FUNITID", (integer("FPRECISION", "精度", default=2),))
TAX_RATE = base_data("BD_TaxRate", "税率", "FID", (price("FTaxRate", "税率"),))
ORGANIZATION = base_data("ORG_Organizations", "组织机构", "FORGID", ())
USER = base_data("SEC_User", "用户", "FUserID", (text("FUserAccount", "用户账号"), text("FPhone", "移动电话")))


def _plain(form_id: str, label: str, pk: str = "FID", prefix: str = "") -> Form:
    return base_data(form_id, label, pk, (), prefix=prefix)


BASE_FORMS = (
    CUSTOMER,
    CONTACT,
    MATERIAL,
    EMPLOYEE,
    SALER,
    OPERATOR,
    CURRENCY,
    UNIT,
    TAX_RATE,
    ORGANIZATION,
    USER,
    _plain("BD_Department", "部门", "FDEPTID", "BM"),
    _plain("BD_OperatorGroup", "业务组"),
    _plain("BD_SETTLETYPE", "结算方式"),
    _plain("BD_RecCondition", "收款条件"),
    _plain("BD_CustomerGroup", "客户分组"),
    _plain("BD_MATERIALGROUP", "物料分组"),
    _plain("BD_MATERIALCATEGORY", "存货类别"),
    _plain("BD_SAL_PriceList", "销售价目表"),
    _plain("BD_SAL_DiscountList", "销售折扣表"),
    _plain("BD_STOCK", "仓库", "FStockId", "CK"),
    _plain("BOS_ASSISTANTDATA_SELECT", "辅助资料"),
    _plain("BOS_BillType", "单据类型"),
    _plain("BD_RATETYPE", "汇率类型"),
    _plain("CN_RECPAYPURPOSE", "收付款用途"),
    _plain("CN_BANKACNT", "银行账号"),
)

STOCK = Form(
    "STK_Inventory",
    "即时库存",
    "FID",
    (
        ref("FMaterialId", "物料", "BD_MATERIAL"),
        ref("FStockOrgId", "库存组织", "ORG_Organizations"),
        ref("FStockId", "仓库", "BD_STOCK"),
        ref("FBaseUnitId", "基本单位", "BD_UNIT"),
        qty("FBaseQty", "库存量"),
        qty("FAVBQty", "可用量"),
    ),
    number="",
)
