"""What an account holds before any customer: employees, departments, custom fields, choices."""

from sandbox.ec.state import Ec

CUSTOMER_FIELDS = ("外部编号", "统一社会信用代码", "应收余额", "信用额度")
SALES_FIELDS = ("外部编号", "ERP单据编号", "ERP状态")


def fresh_account(ec: Ec) -> None:
    """Fills the empty store of a new or reset account; ids are the same every time."""
    ec.last_pages.clear()
    ec.sorted_rows = None
    ec.last_line = 0
    ec.store.create("dept", {"deptId": 101, "deptName": "总公司", "parentDeptId": 0})
    ec.store.create("dept", {"deptId": 102, "deptName": "销售部", "parentDeptId": 101})
    operator = {"userId": int(ec.settings.opt_user_id), "userName": "接口专员", "account": "13800005001"}
    ec.store.create("user", {"deptId": 101, "title": "系统", "status": 1, "email": "", "remark": "", **operator})
    for name in CUSTOMER_FIELDS:
        ec.store.create("customer_field", {"fieldName": name, "filedType": 1, "fieldParam": []})
    for name in SALES_FIELDS:
        shape = {"type": 1, "stype": 2, "isnotnull": 0, "status": 1, "params": []}
        ec.store.create("sales_field", {"name": name, **shape})
    for name in ("官网", "电话营销", "展会", "转介绍", "广告投放"):
        ec.store.create("channel", {"name": name})
    ec.store.create("pond", {"publicPondName": "公司公海"})
    ec.store.create("group", {"groupName": "默认分组"})
    ec.store.create("product_group", {"groupName": "默认产品组"})
