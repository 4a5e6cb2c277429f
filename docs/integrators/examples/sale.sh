#!/bin/sh
# A sale with points, a part of it taken back: with curl alone.
# BONUSBOOK_API=http://127.0.0.1:47601/v1 BONUSBOOK_TOKEN=bb_… sh sale.sh CARD RECEIPT [POINTS]
set -eu
card=$1 receipt=$2 points=${3:-0}

# call METHOD PATH KEY BODY: prints the answer; tries again while nobody answers or the till says 503. The same key books once.
call() {
  for try in 1 2 3 4 5; do
    answer=$(curl -sS --max-time 40 -w '\n%{http_code}' -X "$1" "$BONUSBOOK_API$2" -H "Authorization: Bearer $BONUSBOOK_TOKEN" \
      -H 'Content-Type: application/json' ${3:+-H "Idempotency-Key: $3"} -d "$4") || answer=$(printf '\n000')
    status=${answer##*
}
    case $status in
      2*) printf '%s' "${answer%
*}"; return 0 ;;
      000 | 503) sleep 1 ;;
      *) printf '%s\n' "${answer%
*}" >&2; return 1 ;;
    esac
  done
  echo "the till does not answer: sell without points" >&2
  return 1
}

# first NAME: the first text of that name in the answer. A real program parses JSON.
first() { grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4; }

body="{\"card\":\"$card\",\"receipt\":{\"id\":\"$receipt\",\"lines\":[
  {\"id\":\"1\",\"sku\":\"cappuccino\",\"category\":\"drinks/coffee\",\"qty\":\"2\",\"amount\":\"500.00\"},
  {\"id\":\"2\",\"sku\":\"cake\",\"category\":\"desserts\",\"amount\":\"250.00\"}]}}"
quote=$(call POST /quotes '' "$body")
id=$(printf '%s' "$quote" | first id)
echo "earns $(printf '%s' "$quote" | first earn), up to $(printf '%s' "$quote" | first redeemable) may be paid with points"

if [ "$points" != 0 ]; then
  quote=$(call PATCH "/quotes/$id" '' "{\"redeem\":\"$points\"}")
  echo "to pay $(printf '%s' "$quote" | first toPay)"
fi

# The money is in the drawer: book it.
booked=$(call POST "/quotes/$id/commit" "$receipt" '{}')
printf '%s' "$booked" | grep -o '"slip":\[[^]]*\]'

# One cappuccino comes back.
refund=$(call POST /refunds "$receipt-back-1" "{\"receipt\":\"$receipt\",\"lines\":[{\"id\":\"1\",\"qty\":\"1\"}]}")
echo "pay out $(printf '%s' "$refund" | first money), points back $(printf '%s' "$refund" | first pointsBack), taken $(printf '%s' "$refund" | first pointsTaken)"
