"""Somebody at the ERP with Tryton's own client, run by the interpreter of .venv-tryton:

    python clerk.py URL USER PASSWORD ACTIONS

ACTIONS is JSON, a list of [name, arguments …]; printed is the JSON list of what each gave.
"""

import datetime as dt
import json
import sys
from decimal import Decimal

from proteus import Model, Wizard
from proteus import config as proteus_config

G = Model.get
TODAY = dt.datetime.now(dt.UTC).date()


def party(number, fields):
    found = G("party.party")(number)
    for name, value in fields.items():
        setattr(found, name, value)
    found.save()
    return found.id


def mechanism(number, kind, value):
    """Changes the party's first contact mechanism of the type, or adds one."""
    found = G("party.party")(number)
    same = [one for one in found.contact_mechanisms if one.type == kind]
    one = same[0] if same else found.contact_mechanisms.new(type=kind)
    one.value = value
    (one if same else found).save()  # a changed child does not make its parent a changed record
    return found.id


def person(number, name, kind, value):
    """One more number of somebody at the party."""
    found = G("party.party")(number)
    found.contact_mechanisms.new(type=kind, value=value, name=name)
    found.save()
    return found.id


def new_party(name):
    made = G("party.party")(name=name)
    made.save()
    return made.id


def line(number, place, fields):
    """Changes one line of a sale; null for `fields` takes it away by itself, a place behind the last makes one."""
    found = G("sale.sale")(number)
    if fields is None:
        found.lines[place].delete()  # which leaves the sale's own modified time alone
        return found.id
    if place == len(found.lines):
        found.lines.new()
        found.lines[place].product = G("product.product")(fields.pop("product"))
    for name, value in fields.items():
        setattr(found.lines[place], name, value)
    found.save()
    return found.id


def sale(number, act):
    found = G("sale.sale")(number)
    found.click(act)
    return found.state


def post_invoices(number):
    """Posts the sale's invoices: [id, number, total] of each."""
    made = []
    for invoice in G("sale.sale")(number).invoices:
        invoice.invoice_date = TODAY
        invoice.save()
        invoice.click("post")
        made.append([invoice.id, invoice.number, str(invoice.total_amount)])
    return made


def pay(number, amount):
    """The wizard of the invoice form; what is too little is a part payment."""
    wizard = Wizard("account.invoice.pay", [G("account.invoice")(number)])
    (method,) = G("account.invoice.payment.method").find([])
    wizard.form.payment_method, wizard.form.amount, wizard.form.date = method, Decimal(amount), TODAY
    wizard.execute("choice")
    if wizard.form_state == "ask":
        wizard.form.type = "partial"
        wizard.execute("pay")
    return G("account.invoice")(number).state


def credit(number):
    """A credit note for the whole invoice, which Tryton reconciles with it."""
    wizard = Wizard("account.invoice.credit", [G("account.invoice")(number)])
    wizard.form.with_refund, wizard.form.invoice_date = True, TODAY
    wizard.execute("credit")
    return G("account.invoice")(number).state


def receivable():
    """Tryton's own figure of every party that owes or is owed."""
    return {str(one.id): str(one.receivable) for one in G("party.party").find([]) if one.receivable}


def main():
    url, user, password, actions = sys.argv[1:5]
    with proteus_config.set_xmlrpc_session(url, user, password):
        known = {
            act.__name__: act
            for act in (party, mechanism, person, new_party, line, sale, post_invoices, pay, credit, receivable)
        }
        print(json.dumps([known[name](*given) for name, *given in json.loads(actions)]))


main()
