"""Walks through the machine: a few of its rules in a row, chosen so that each meets one rule of the engine head on."""

from collections.abc import Callable

from tests.sync.machine import SyncMachine

Walk = Callable[[SyncMachine], None]
CRM, ERP = 0, 1
CUSTOMER, ORDER = 0, 1


def both_edit_the_same_manual_field(m: SyncMachine) -> None:
    m.two_users_edit_the_same_field(0, CUSTOMER, 1)
    m.the_hub_works(CRM, CUSTOMER, "pull", False)
    m.the_hub_works(ERP, CUSTOMER, "pull", False)


def both_edit_the_same_owned_field(m: SyncMachine) -> None:
    m.two_users_edit_the_same_field(0, CUSTOMER, 0)
    m.the_hub_works(CRM, CUSTOMER, "pull", False)
    m.the_hub_works(ERP, CUSTOMER, "pull", False)


def both_edit_a_held_field_and_another(m: SyncMachine) -> None:
    both_edit_the_same_manual_field(m)
    m.a_user_edits(CRM, 0, CUSTOMER, 0)


def everybody_types_the_same(m: SyncMachine) -> None:
    m.everybody_types_the_same(0)


def a_level_is_cleared(m: SyncMachine) -> None:
    m.a_user_picks_a_level(ERP, 0, None)


def lines_come_and_go(m: SyncMachine) -> None:
    m.a_user_adds_or_removes_a_line(CRM, 0, 0, False)
    m.the_scheduler_looks()
    m.a_user_adds_or_removes_a_line(ERP, 0, 0, True)
    m.a_user_edits_a_line(CRM, 0, 0, 1)


def the_reply_of_a_create_is_lost(m: SyncMachine) -> None:
    m.something_new_travels(ERP, CRM, CUSTOMER, "commit_then_drop", 0)


def a_create_lands_late(m: SyncMachine) -> None:
    m.something_new_travels(ERP, CRM, CUSTOMER, "late_commit", 0)
    m.time_passes(2)
    m.the_hub_works(CRM, CUSTOMER, "settle", False)
    m.the_hub_works(CRM, CUSTOMER, "push", False)


def a_worker_dies_while_its_create_is_under_way(m: SyncMachine) -> None:
    for step in range(7, 11):
        m.something_new_travels(ERP, CRM, CUSTOMER, "late_commit", step)
        m.the_hub_works(CRM, CUSTOMER, "settle", False)
        m.the_hub_works(CRM, CUSTOMER, "push", False)


def workers_die_after_their_creates(m: SyncMachine) -> None:
    for step in range(7, 11):
        m.something_new_travels(ERP, CRM, CUSTOMER, "", step)


def a_pull_dies_at_every_step(m: SyncMachine) -> None:
    for _ in range(4):
        m.a_user_adds_a_customer(CRM)
    m.the_scheduler_looks()
    for step in range(4, 9):
        m.a_pull_of_news_is_killed(CRM, step, CUSTOMER, step)


def many_rows_between_two_pages(m: SyncMachine) -> None:
    for _ in range(4):
        m.a_user_adds_a_customer(CRM)
    m.the_hub_works(CRM, CUSTOMER, "pull", False)


def an_older_page_lands_after_a_newer_write(m: SyncMachine) -> None:
    m.a_page_lands_after_a_newer_write(CRM, 0, 0, CUSTOMER)


def a_reply_is_lost_and_life_goes_on(m: SyncMachine) -> None:
    m.a_reply_is_lost_and_life_goes_on(ERP, 0, 0, CUSTOMER)


def a_user_edits_what_the_hub_has_not_read(m: SyncMachine) -> None:
    m.a_user_edits(CRM, 0, CUSTOMER, 0)
    m.the_hub_works(CRM, CUSTOMER, "pull", False)
    m.a_user_edits(ERP, 0, CUSTOMER, 0)
    m.the_hub_works(ERP, CUSTOMER, "push", False)


def edited_again_while_it_travels(m: SyncMachine) -> None:
    m.edited_again_while_it_travels(CRM, 0, 0, CUSTOMER)


def a_plain_edit(m: SyncMachine) -> None:
    m.a_user_edits(CRM, 0, CUSTOMER, 0)


def a_row_is_deleted_at_one_system(m: SyncMachine) -> None:
    m.a_user_adds_a_customer(CRM)
    m.the_scheduler_looks()
    m.world.settle()
    m.a_user_deletes_a_row(ERP, 1, CUSTOMER)


def walk(*paths: Walk) -> None:
    """From going live to rest, with every check. Raises AssertionError that names the promise."""
    machine = SyncMachine()
    try:
        machine.live(1, 1)
        for path in paths:
            path(machine)
    except BaseException:
        machine.world.close()
        machine.folder.cleanup()
        raise
    machine.teardown()
