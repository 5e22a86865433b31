#!/usr/bin/env python3
"""Write the faulty set: rows as a generator makes them, chapter by chapter, with faults planted among them.

Every fifth row of train.en.jsonl is taken as it is, with its page. Among them stand faults of the kinds that
`kotae tune lint` looks for: lines that a service refuses, rows that repeat or contradict others, answers that the manual
does not bear out, personal data and secrets. Beside the set, each fault with the line that it stands in and the code of what
has to be found there.

Run it without arguments. It writes faulty.en.jsonl and faulty.en.faults.jsonl beside itself, with the same bytes on every
run:

    python3 make_faulty.py
"""

import json
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
SYSTEM = "You answer questions about Komorebi Ledger."
STEP = 5
SPREAD = 4
"""A fault stands after each so many clean rows."""

# Made up, and put together here so that no scanner takes them for a leak.
_KEY = "sk-" + "proj-" + "Qw3rTy" * 5
_CARD = "4111 1111 " + "1111 1111"

LINES = {
    "json": '{"messages": [{"role": "user", "content": "Who may lock an account?"},',
    "no-messages": '{"prompt": "Who may lock an account?", "completion": "Only a Controller."}',
}
"""Lines that are no rows, by what is to be found."""

ROWS: tuple[tuple[str, str, str, str], ...] = (
    ("wrong-number", "How many hours after a reopening does the period close itself again?",
     "The period closes itself again 48 hours after the reopening.", "closing/reopening-periods.md"),
    ("wrong-number", "Up to which total of shortages does an Accountant approve a stocktaking?",
     "An Accountant approves shortages of up to JPY 300,000.", "inventory/stocktaking.md"),
    ("unknown-name", "How do I print payslips?",
     "Open the HR module, choose Payroll and press Print payslips for all employees.", "getting-started/overview.md"),
    ("unsupported", "How are next month's sales forecast?",
     "Sales are forecast by a neural network from the weather.", "inventory/items.md"),
    ("unsupported", "How are employees paid?",
     "Salaries are transferred every Friday, and bonuses are worked out from the attendance sheet.",
     "getting-started/overview.md"),
    ("email", "Whom do I ask about a lost licence key?",
     "Write to h.minazuki@komorebi-works.co.jp and name the company code.", "admin/licences.md"),
    ("phone", "Whom do I call when a restore has failed?", "Call the service desk at 03-5413-8276.", "admin/backups.md"),
    ("person", "Who set up the approval workflow of the sample company?",
     "Mr. Haruto Minazuki set it up with two steps.", "admin/approval-workflows.md"),
    ("card", "How did the sample company pay for its licence?", f"By the card {_CARD}.", "admin/licences.md"),
    ("secret", "What does an API key look like?", f"An API key looks like this: {_KEY}", "admin/api-access.md"),
    ("duplicate", "What is a document chain?",
     "It is the row of documents made from one another, for example quotation, order, shipment, invoice and receipt.",
     "getting-started/glossary.md"),
    ("duplicate", "How often can a purchase order be revised?",
     "Revisions are numbered Rev. 1 to Rev. 9; after that PU-213 appears.", "purchasing/purchase-orders.md"),
    ("near-duplicate", "To how many addresses can a supplier's purchase order be sent?",
     "A supplier can have up to 3 order recipients, the addresses to which purchase orders are sent.",
     "purchasing/suppliers.md"),
    ("contradiction", "How many items can a price list hold?", "A price list can hold up to 500 items.",
     "sales/price-lists.md"),
    ("contradiction", "Does a pending reversal expire?", "Yes, a pending reversal expires after one year.",
     "accounting/reversing-entries.md"),
    ("contradiction", "How many bins can a warehouse have?", "A warehouse can have up to 9,999 bins.",
     "inventory/warehouses.md"),
)  # fmt: skip
"""Code, question, answer and page of faults in rows that have the form of one."""


def row(question: str, answer: str, page: str) -> str:
    """Return one chat row as a line."""
    spoken = (("system", SYSTEM), ("user", question), ("assistant", answer))
    messages = [{"role": role, "content": content} for role, content in spoken]
    return json.dumps({"messages": messages, "metadata": {"pages": [page]}}, ensure_ascii=False)


def faults() -> list[tuple[str, str]]:
    """Return code and line of each fault."""
    made = list(LINES.items())
    no_answer = json.loads(row("Who may dispose of a fixed asset?", "", "accounting/fixed-assets.md"))
    no_answer["messages"].pop()
    made.append(("no-answer", json.dumps(no_answer)))
    other_role = json.loads(
        row("Where does an approver find requests?", "In My approvals.", "admin/approval-workflows.md")
    )
    other_role["messages"][2]["role"] = "bot"
    made.append(("role", json.dumps(other_role)))
    # What repeats or contradicts a row stands after it, at the end: the later one is named.
    return made + [(code, row(*said)) for code, *said in ROWS]


def clean() -> list[str]:
    """Return the rows that nothing is wrong with."""
    read = [
        (FOLDER / name).read_text(encoding="utf-8").splitlines()
        for name in ("train.en.jsonl", "train.en.pages.jsonl")
    ]
    taken = list(zip(*read, strict=True))[::STEP]
    made = []
    for line, page in taken:
        _, question, answer = (message["content"] for message in json.loads(line)["messages"])
        made.append(row(question, answer, json.loads(page)["page"]))
    return made


def main() -> None:
    lines = clean()
    planted = []
    for place, (code, line) in enumerate(faults()):
        at = len(lines) - (len(faults()) - 1 - place) * SPREAD
        lines.insert(at, line)
        planted.append((line, code))
    (FOLDER / "faulty.en.jsonl").write_bytes(("\n".join(lines) + "\n").encode("utf-8"))
    last = {line: number for number, line in enumerate(lines, 1)}
    told = [json.dumps({"line": last[line], "code": code}) for line, code in planted]
    (FOLDER / "faulty.en.faults.jsonl").write_bytes(("\n".join(told) + "\n").encode("utf-8"))


if __name__ == "__main__":
    main()
