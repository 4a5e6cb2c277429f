"""A sale with points at the till, with Python's standard library alone.

BONUSBOOK_API=http://127.0.0.1:47601/v1 BONUSBOOK_TOKEN=bb_... python3 register.py CARD RECEIPT [POINTS]
"""
import json
import os
import sys
import time
import urllib.error
import urllib.request


class Refused(Exception):
    """The till said no: decide by `problem["code"]`."""

    def __init__(self, problem):
        super().__init__(f"{problem['status']} {problem['code']}: {problem['title']}")
        self.problem = problem


def call(method, path, body=None, key=None):
    """Sends a request; again while nobody answers or the till says 503. The same key is booked once."""
    headers = {"Authorization": "Bearer " + os.environ["BONUSBOOK_TOKEN"], "Content-Type": "application/json"}
    if key is not None:
        headers["Idempotency-Key"] = key
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(os.environ["BONUSBOOK_API"] + path, data, headers, method=method)
    for tries_left in range(4, -1, -1):
        try:
            with urllib.request.urlopen(request, timeout=40) as response:
                text = response.read()
                return json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            problem = json.load(error)
            if error.code != 503 or tries_left == 0:
                raise Refused(problem) from None
            time.sleep(float(error.headers.get("Retry-After", "1")))
        except OSError:
            if tries_left == 0:
                raise
            time.sleep(1)


def main(card, receipt, points="0"):
    lines = [
        {"id": "1", "sku": "cappuccino", "category": "drinks/coffee", "qty": "2", "amount": "500.00"},
        {"id": "2", "sku": "cake", "category": "desserts", "amount": "250.00"},
    ]
    quote = call("POST", "/quotes", {"card": card, "receipt": {"id": receipt, "lines": lines}})
    print(f"{quote['member']['name']}: earns {quote['earn']}, may pay {quote['redeemable']} with points")
    try:
        quote = call("PATCH", f"/quotes/{quote['id']}", {"redeem": points})
    except Refused as refused:  # the sale goes on without points
        print(refused.problem["code"])
    print(f"to pay: {quote['toPay']}")  # ... and the cashier takes the money
    booked = call("POST", f"/quotes/{quote['id']}/commit", {}, key=receipt)
    print("\n".join(booked["slip"]))


main(*sys.argv[1:])
