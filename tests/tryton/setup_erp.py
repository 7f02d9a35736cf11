"""Run once by the interpreter of .venv-tryton against a fresh database: a company with its books, one customer, two products.

    python setup_erp.py URL USER PASSWORD FACTS

Writes the ids that tests refer to into the file FACTS.
"""

import datetime as dt
import json
import sys
from decimal import Decimal as D
from pathlib import Path

from proteus import Model, Wizard
from proteus import config as proteus_config

URL, USER, PASSWORD, FACTS = sys.argv[1:5]
G = Model.get
TODAY = dt.datetime.now(dt.UTC).date()


def company(config):
    cny = G("currency.currency")(
        name="Renminbi", symbol="¥", code="CNY", numeric_code="156", rounding=D("0.01"), digits=2
    )
    cny.rates.new(rate=D("1"), date=dt.date(2020, 1, 1))
    cny.save()
    wizard = Wizard("company.company.config")
    wizard.execute("company")
    party = G("party.party")(name="示例科技有限公司")
    party.save()
    wizard.form.party, wizard.form.currency = party, cny
    wizard.execute("add")
    config._context = G("res.user").get_preferences(True, {})
    return G("company.company").find()[0], cny


def account(owner, *domain):
    return G("account.account").find([("company", "=", owner.id), ("closed", "!=", True), *domain], limit=1)[0]


def chart(owner, config):
    wizard = Wizard("account.create_chart")
    wizard.execute("account")
    template = G("ir.model.data").get_id("account.account_template_root_en", config.context)
    wizard.form.account_template = G("account.account.template")(template)
    wizard.form.company = owner
    wizard.execute("create_account")
    wizard.form.account_receivable = account(owner, ("type.receivable", "=", True), ("party_required", "=", True))
    wizard.form.account_payable = account(owner, ("type.payable", "=", True), ("party_required", "=", True))
    wizard.form.category_account_expense = account(owner, ("type.expense", "=", True))
    wizard.form.category_account_revenue = account(owner, ("type.revenue", "=", True))
    wizard.execute("create_properties")


def fiscal_year(owner, year):
    def sequence(kind, **more):
        (found,) = G("ir.sequence.type").find([("name", "=", kind)], limit=1)
        made = G("ir.sequence.strict")(name=f"{kind} {year}", sequence_type=found, company=owner, **more)
        made.save()
        return made

    made = G("account.fiscalyear")(
        name=str(year), start_date=dt.date(year, 1, 1), end_date=dt.date(year, 12, 31), company=owner
    )
    made.move_sequence = sequence("Account Move")
    invoices = sequence("Invoice", prefix=f"INV{year}-", padding=5)
    (line,) = made.invoice_sequences
    line.out_invoice_sequence = line.in_invoice_sequence = line.out_credit_note_sequence = (
        line.in_credit_note_sequence
    ) = invoices
    made.save()
    made.click("create_period")


def goods(owner):
    taxes = account(owner, ("code", "=", "6.3.6"))
    tax = G("account.tax")(name="VAT 13%", description="VAT 13%", type="percentage", rate=D("0.13"))
    tax.invoice_account = tax.credit_note_account = taxes
    tax.save()
    category = G("product.category")(name="Goods 13%", accounting=True)
    category.account_expense = account(owner, ("type.expense", "=", True))
    category.account_revenue = account(owner, ("type.revenue", "=", True))
    category.customer_taxes.append(tax)
    category.save()
    (unit,) = G("product.uom").find([("name", "=", "Unit")])
    made = []
    for code, name in (("M-1", "轴承"), ("M-2", "阀门")):
        template = G("product.template")(name=name, code=code, type="goods", salable=True, default_uom=unit)
        template.sale_uom, template.list_price, template.account_category = unit, D("88.5841"), category
        template.save()
        made.append(template.products[0].id)
    return made, tax, category


def terms():
    term = G("account.invoice.payment_term")(name="30 days")
    term.lines.new(type="remainder").relativedeltas.new(days=30)
    term.save()
    term = G("account.invoice.payment_term")(name="50% + 50% 60d")
    term.lines.new(type="percent", ratio=D(".5")).relativedeltas.new(days=0)
    term.lines.new(type="remainder").relativedeltas.new(days=60)
    term.save()


def main():
    with proteus_config.set_xmlrpc_session(URL, USER, PASSWORD) as config:
        owner, cny = company(config)
        chart(owner, config)
        for year in (TODAY.year - 1, TODAY.year, TODAY.year + 1):
            fiscal_year(owner, year)
        products, tax, category = goods(owner)
        terms()
        cash = account(owner, ("code", "=", "1.1.1"))
        (journal,) = G("account.journal").find([("type", "=", "cash")])
        G("account.invoice.payment.method")(
            name="Bank", journal=journal, credit_account=cash, debit_account=cash
        ).save()
        party = G("party.party")(name="杭州示例贸易有限公司")
        party.addresses[0].street_unstructured, party.addresses[0].city = "文三路 1 号", "杭州"
        party.save()
        (revenue_journal,) = G("account.journal").find([("type", "=", "revenue")])
        facts = {
            "party": party.id,
            "products": products,
            "currency": cny.id,
            "tax": tax.id,
            "category": category.id,
            "journal": {"revenue": revenue_journal.id, "cash": journal.id},
            "account": {
                "receivable": account(owner, ("type.receivable", "=", True), ("party_required", "=", True)).id,
                "revenue": account(owner, ("type.revenue", "=", True)).id,
                "cash": cash.id,
            },
        }
        Path(FACTS).write_text(json.dumps(facts))


main()
