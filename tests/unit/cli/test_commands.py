"""What each command does, prints and ends with."""

import json
import sys

import pytest

from hub.cli.sync import MEANING
from hub.errors import CredentialsRejected
from hub.store import connections as store
from hub.store import users
from hub.sync.tasks import RunReport, Task
from tests.unit.api.office import CUSTOMER_YAML, NOW, SECRET, put_binding, put_item, put_run

LISTS = [
    ("connections", "list"),
    ("connections", "systems"),
    ("flows", "list"),
    ("mappings", "list"),
    ("runs", "list"),
    ("inbox", "list"),
    ("records", "list"),
    ("alerts", "list"),
    ("alerts", "rules", "list"),
    ("users", "list"),
    ("users", "tokens"),
    ("audit", "list"),
]


@pytest.mark.parametrize("words", LISTS)
def test_every_list_prints_a_table_in_both_languages_and_a_json_list(hub, ids, words):
    put = hub(*words, "--json")
    assert put.status == 0
    assert isinstance(put.json(), list)
    assert (hub(*words).status, hub(*words, lang="zh").status) == (0, 0)


def test_tables_have_chinese_headings(hub, ids):
    assert "连接" in hub("connections", "list", lang="zh").out
    assert "Connection" in hub("connections", "list").out


def test_a_limit_cuts_and_zero_takes_all_pages(hub, runtime):
    made = [put_run(runtime) for _ in range(230)]
    assert [row["id"] for row in hub("runs", "list", "--json", "--limit", "3").json()] == made[:-4:-1]
    assert [row["id"] for row in hub("runs", "list", "--json", "--limit", "0").json()] == made[::-1]
    assert len(hub("runs", "list", "--json", "--limit", "210").json()) == 210


def test_adding_a_connection_never_shows_the_secret(hub, runtime, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("from-a-file\n")
    options = ["--set", "url=https://crm.example", "--set", f"secret=@{secret}", "--set", "retries=5"]
    added = hub("connections", "add", "crm", "--system", "acme", *options, "--option", "parallel=2", "--test")
    shown = hub("connections", "show", "crm", "--json")
    assert (added.status, shown.status) == (0, 0)
    assert shown.json()["settings"] == {"url": "https://crm.example", "secret": "***", "retries": 5}
    assert shown.json()["options"] == {"parallel": 2}
    assert "演示" in added.out
    with runtime.db.read() as tx:
        sealed = store.find_connection(tx, "crm")["config"]
    assert json.loads(runtime.secrets.open(sealed))["secret"] == "from-a-file"
    assert "from-a-file" not in added.out + added.err + shown.out


def test_settings_come_from_a_file_and_single_ones_win(hub, tmp_path):
    file = tmp_path / "crm.json"
    file.write_text(json.dumps({"url": "https://old.example", "secret": SECRET}))
    given = ["--config-file", str(file), "--set", "url=https://new.example"]
    assert hub("connections", "add", "crm", "--system", "acme", *given).status == 0
    assert hub("connections", "show", "crm", "--json").json()["settings"]["url"] == "https://new.example"


def test_secrets_are_asked_for_at_a_terminal(hub, monkeypatch, runtime):
    asked = []

    def prompt(title, *, hide_input, **_options):
        asked.append((title, hide_input))
        return "typed-secret" if hide_input else "https://typed.example"

    monkeypatch.setattr("typer.prompt", prompt)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    assert hub("connections", "add", "crm", "--system", "acme").status == 0
    assert asked == [("Address [url]", False), ("Secret [secret]", True)]
    with runtime.db.read() as tx:
        sealed = store.find_connection(tx, "crm")["config"]
    assert json.loads(runtime.secrets.open(sealed))["secret"] == "typed-secret"


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("connections", "add", "x y", "--system", "acme"), 2, "name"),
        (("connections", "add", "crm", "--system", "sap"), 2, "acme, mute"),
        (("connections", "add", "crm", "--system", "acme", "--set", "url=https://x"), 1, "secret"),
        (("connections", "add", "crm", "--system", "acme", "--set", "url"), 2, "--set"),
        (("connections", "add", "crm", "--system", "acme", "--set", "secret=@/nowhere"), 2, "/nowhere"),
        (("connections", "add", "crm", "--system", "acme", "--config-file", "/nowhere"), 2, "--config-file"),
        (("connections", "add", "crm"), 2, "--system"),
        (("connections", "change", "erp"), 2, "--set"),
        (("connections", "show", "nope"), 2, "nope"),
        (("connections", "nothing"), 2, "nothing"),
        (("connections", "release", "erp", "stars"), 2, "erp"),
        (("connections", "release", "erp"), 2, "--yes"),
        (("connections", "delete", "erp"), 2, "--yes"),
        (("flows", "set", "erp", "stars", "--pull"), 2, "stars"),
        (("flows", "set", "erp", "customer", "--filter", "{"), 2, "--filter"),
        (("flows", "set", "erp", "employee", "--push"), 2, "push"),
        (("flows", "set", "erp", "order", "--owner", "audited"), 2, "--owner"),
        (("sync", "erp", "stars"), 2, "stars"),
        (("sync", "erp", "customer", "--push", "--full"), 2, "--full"),
        (("runs", "show", "99"), 2, "99"),
        (("inbox", "show", "99"), 2, "99"),
        (("inbox", "replay", "99"), 2, "99"),
        (("records", "show", "99"), 2, "99"),
        (("records", "history", "99"), 2, "99"),
        (("users", "add", "x", "--role", "boss"), 2, "boss"),
        (("users", "token", "nobody"), 2, "nobody"),
        (("users", "revoke", "99"), 2, "99"),
        (("mappings", "export", "acme", "stars"), 2, "stars"),
        (("mappings", "apply", "/nowhere.yaml"), 2, "/nowhere.yaml"),
        (("alerts", "rules", "check", "/nowhere.yaml"), 2, "/nowhere.yaml"),
        (("alerts", "rules", "enable", "nothing"), 2, "nothing"),
        (("alerts", "rules", "delete", "nothing", "--yes"), 2, "nothing"),
        (("--lang", "fr", "runs", "list"), 2, "fr"),
    ],
)
def test_bad_use_ends_with_its_status_and_says_what(hub, words, status, told):
    ended = hub(*words)
    assert (ended.status, ended.out) == (status, "")
    assert told in ended.err


def test_messages_come_in_the_language_asked_for(hub):
    assert hub("runs", "show", "99").err == "run: There is no run 99\n"
    assert hub("runs", "show", "99", lang="zh").err == "run: 没有任务 99\n"


def test_a_failing_test_of_a_connection_ends_with_1_and_no_secret(hub, runtime):
    assert hub("connections", "test", "erp", "--json").json()["ok"] is True
    runtime.clients.refuse()
    failed = hub("connections", "test", "erp")
    assert failed.status == 1
    assert SECRET not in failed.out + failed.err
    assert "***" in failed.err


def test_pause_resume_release_reach_the_engine(hub, runtime):
    assert hub("connections", "pause", "erp", "--reason", "closing").status == 0
    assert hub("connections", "resume", "erp").status == 0
    released = hub("connections", "release", "erp", "--yes")
    assert released.status == 0
    assert [asked[0] for asked in runtime.engine.asked] == ["pause", "resume", "release_flow", "release_flow"]
    assert "customer: 2 differ" in released.err
    assert hub("connections", "delete", "erp", "--yes").status == 0
    assert hub("connections", "list", "--json").json() == []


def test_flows_are_set_by_options(hub):
    words = [
        "--no-push",
        "--every",
        "30",
        "--reread",
        "900",
        "--filter",
        '[{"field": "number", "op": "ne", "value": "x"}]',
        "--owner",
        "saved=erp",
    ]
    [row] = hub("flows", "set", "erp", "order", *words, "--json").json()
    assert (row["push"], row["every_s"], row["authority"]) == (False, 30, {"saved": "erp"})
    assert row["reread_s"] == 900
    assert row["filter"] == [{"field": "number", "op": "ne", "value": "x"}]
    assert [flow["entity"] for flow in hub("flows", "list", "--connection", "erp", "--json").json()] == [
        "customer",
        "order",
        "employee",
    ]


def test_a_sync_runs_until_nothing_is_left_and_adds_up(hub, runtime):
    rounds = [RunReport(1, "ok", {"fetched": 2}, more=True), RunReport(2, "ok", {"fetched": 3})]
    runtime.engine.pull = lambda flow_id, **options: rounds.pop(0)
    ended = hub("sync", "erp", "customer", "--json")
    assert (ended.status, ended.json()["counts"]) == (0, {"fetched": 5})
    assert rounds == []


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ((), ("pull", 1, False, "person", False)),
        (("--full", "--dry-run"), ("pull", 1, True, "person", True)),
        (("--push",), ("push", 1, "person")),
    ],
)
def test_sync_options_reach_the_engine(hub, runtime, words, asked):
    assert hub("sync", "erp", "customer", *words).status == 0
    assert runtime.engine.asked == [asked]


def test_a_dry_push_before_the_release_counts_what_it_would_open(hub, runtime, ids):
    put_binding(runtime, ids["孙的客户"], "A1", due_at=NOW)
    assert hub("sync", "erp", "customer", "--push", "--dry-run", "--json").json()["counts"] == {"due": 2, "wanted": 3}
    assert runtime.engine.asked == []


def test_a_queued_sync_is_a_task(hub, runtime):
    assert hub("sync", "erp", "customer", "--full", "--queue").status == 0
    assert runtime.sent == [Task("pull", 1, True, "person")]


@pytest.mark.parametrize("state", ["failed", "unbalanced", "busy", "paused"])
def test_a_sync_that_did_not_work_ends_with_1(hub, runtime, state, monkeypatch):
    monkeypatch.setattr("hub.cli.sync.BUSY_S", 0.0)
    error = {"zh": "密钥不对", "en": "the secret is wrong"}
    runtime.engine.pull = lambda flow_id, **options: RunReport(5, state, {"fetched": 1}, error, more=True)
    ended = hub("sync", "erp", "customer")
    assert ended.status == 1
    assert "the secret is wrong" in ended.err
    told = {name: text.en for name, text in MEANING.items()} | {"paused": "hub connections resume", "failed": "run 5"}
    assert told[state] in ended.err


def test_an_error_of_the_vendor_ends_with_1_and_shows_its_words(hub, runtime):
    from hub.errors import Vendor

    def refuse(flow_id, **_options):
        raise CredentialsRejected("密钥不对", "wrong secret", vendor=Vendor("acme", "login", "E7", "go away"))

    runtime.engine.pull = refuse
    ended = hub("sync", "erp", "customer")
    message, remedy = ended.err.splitlines()
    assert (ended.status, message) == (1, "wrong secret [acme login E7 go away]")
    assert remedy.startswith("→ For the hub's administrator: check the credentials there")


def test_an_inbox_item_is_resolved_against_what_is_there_now_or_what_was_seen(hub, runtime):
    key = put_item(runtime, connection_id=1)
    assert hub("inbox", "show", str(key), "--json").json()["revision"] == 2
    assert hub("inbox", "resolve", str(key), "golden").status == 0
    assert hub("inbox", "resolve", str(key), "value", "--value", '{"a": 1}', "--revision", "1").status == 0
    assert hub("inbox", "resolve", str(key), "value", "--value", "文三路").status == 0
    assert hub("inbox", "replay", str(key)).status == 0
    words = ("--kind", "conflict", "--entity", "customer", "--connection", "erp", "--yes")
    assert "17" in hub("inbox", "resolve-all", "remote", *words).err
    seen = [(asked[0], asked[-1].get("revision"), asked[-1].get("value")) for asked in runtime.engine.asked]
    assert seen == [
        ("resolve", 2, None),
        ("resolve", 1, {"a": 1}),
        ("resolve", 2, "文三路"),
        ("replay", None, None),
        ("resolve_many", None, None),
    ]
    assert all(asked[-1]["who"].startswith("cli:") for asked in runtime.engine.asked)


def test_inbox_messages_come_in_the_language(hub, runtime):
    put_item(runtime)
    assert "both changed" in hub("inbox", "list").out
    assert "两边都改了" in hub("inbox", "list", lang="zh").out
    assert hub("inbox", "list", "--kind", "rejected", "--json").json() == []


def test_records_are_searched_and_shown(hub, ids):
    rows = hub("records", "list", "--q", "孙的", "--entity", "order", "--json").json()
    assert [row["title"] for row in rows] == ["孙的order"]
    shown = hub("records", "show", str(ids["孙的客户"]), "--json").json()
    assert (shown["title"], shown["bindings"], shown["titles"]) == ("孙的客户", [], {str(ids["孙"]): "孙"})
    assert hub("records", "history", str(ids["孙的客户"]), "--json").json() == []


def test_markup_in_vendor_text_is_text(hub, runtime):
    put_item(runtime, en="[red]not markup[/red] [/]")
    assert "[red]not markup[/red] [/]" in hub("inbox", "list").out


def test_users_and_tokens(hub, runtime, ids, monkeypatch):
    monkeypatch.setattr("typer.prompt", lambda *_words, **_options: "a long pass phrase")
    assert hub("users", "add", "sun", "--role", "sales", "--employee", str(ids["孙"]), "--password").status == 0
    token = hub("users", "token", "sun", "--days", "3").out.strip()
    assert token.startswith("hub_")
    assert token not in hub("users", "tokens", "--json").out
    assert [row["name"] for row in hub("users", "list", "--json").json()] == ["sun"]
    assert hub("users", "change", "sun", "--role", "finance").status == 0
    with runtime.db.read() as tx:
        row = users.find_user(tx, "sun")
        assert (row["role"], row["password_hash"][:9]) == ("finance", "$argon2id")
    listed = hub("users", "tokens", "--json").json()
    assert [row["revoked"] for row in listed] == [True]  # a new role ends what the old one was given
    actions = [row["action"] for row in hub("audit", "list", "--action", "user", "--json").json()]
    assert actions == ["user.change", "user.add"]


@pytest.fixture
def customer(tmp_path):
    file = tmp_path / "customer.yaml"
    file.write_text(CUSTOMER_YAML.format(system="acme").replace("steps: [trim]", "steps: []"), "utf-8")
    return file


def test_a_mapping_file_is_checked(hub, customer):
    fine = hub("mappings", "check", str(customer), "--json")
    assert fine.status == 0
    customer.write_text(customer.read_text("utf-8").replace("field: name", "field: nane"), "utf-8")
    bad = hub("mappings", "check", str(customer))
    assert bad.status == 1
    assert "nane" in bad.err
    assert f"{customer}:" in bad.err
    assert hub("mappings", "check", str(customer), "--json").json()[0]["severity"] == "error"


def test_a_mapping_is_previewed_on_samples(hub, customer, tmp_path):
    sample = tmp_path / "one.json"
    sample.write_text(json.dumps({"Name": "甲", "Address": "路"}), "utf-8")
    [result] = hub("mappings", "preview", str(customer), "--sample", str(sample), "--json").json()
    assert result["golden"] == {"name": "甲", "address": "路"}
    assert "甲" in hub("mappings", "preview", str(customer), "--sample", str(sample)).out
    assert hub("mappings", "preview", str(customer)).status == 2


def test_a_mapping_is_applied_after_its_plan_was_shown(hub, customer):
    words = ("mappings", "apply", str(customer))
    refused = hub(*words)
    assert refused.status == 2
    assert "--yes" in refused.err
    tried = hub(*words, "--dry-run", "--json").json()
    assert (tried["version"], tried["active"], tried["lines"]["remapped"]) == (2, False, ["name"])
    applied = hub(*words, "--mode", "pull", "--yes")
    assert applied.status == 0
    assert "Activated version 2" in applied.err
    active = [row for row in hub("mappings", "list", "--active", "--json").json() if row["entity"] == "customer"]
    assert {(row["system"], row["version"]) for row in active} == {("acme", 2), ("mute", 1)}
    assert hub(*words, "--mode", "both", "--yes").status == 2


def test_a_mapping_is_exported(hub, tmp_path):
    out = tmp_path / "out.yaml"
    printed = hub("mappings", "export", "acme", "customer").out
    assert hub("mappings", "export", "acme", "customer", "--output", str(out)).status == 0
    assert out.read_text("utf-8") == printed
    assert printed.startswith("system: acme\n")


RULES = """
rules:
  - name: big-order
    event: order.created
    when: [{field: total, op: gt, value: "100000"}]
    to: [owner]
    template: {title: 大额订单, body: "{{ record.number }}"}
"""


def test_alert_rules_are_checked_saved_switched_exported_deleted(hub, tmp_path):
    file = tmp_path / "rules.yaml"
    file.write_text(RULES, "utf-8")
    assert hub("alerts", "rules", "check", str(file)).status == 0
    assert hub("alerts", "rules", "apply", str(file)).status == 0
    assert hub("alerts", "rules", "disable", "big-order").status == 0
    assert [rule["enabled"] for rule in hub("alerts", "rules", "list", "--json").json()] == [False]
    assert hub("alerts", "rules", "enable", "big-order").status == 0
    exported = hub("alerts", "rules", "export").out
    file.write_text(exported, "utf-8")
    assert hub("alerts", "rules", "apply", str(file)).status == 0
    assert hub("alerts", "rules", "export").out == exported
    file.write_text(RULES.replace("order.created", "order.exploded"), "utf-8")
    broken = hub("alerts", "rules", "apply", str(file))
    assert (broken.status, "order.exploded" in broken.err) == (2, True)
    assert hub("alerts", "rules", "delete", "big-order", "--yes").status == 0
    assert hub("alerts", "rules", "list", "--json").json() == []
