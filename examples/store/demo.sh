#!/usr/bin/env bash
# The main job on a real store, from the takeover to the backup put back. Run by `make demo`, as often as you like:
# the store is built anew each time, and left as it was found, so that `reconcile plan` has something to show.
set -euo pipefail
cd "$(dirname "$0")/../.."

store=examples/store/store.db
backups=examples/store/backups
found=build/demo/found.yaml

# expect CODE COMMAND...: show the command, run it, and stop the demo if it exits differently
expect() {
    local wanted=$1 got=0 word line='$'
    shift
    for word in "$@"; do
        case $word in
            *[[:space:]]*) line+=" \"$word\"" ;;
            *) line+=" $word" ;;
        esac
    done
    printf '\n%s\n' "$line"
    "$@" || got=$?
    if [ "$got" -ne "$wanted" ]; then
        printf '\nThe demo stops: this should have exited with %s, and exited with %s.\n' "$wanted" "$got" >&2
        exit 1
    fi
    [ "$got" -eq 0 ] || printf '[exit %s]\n' "$got"
}

say() {
    printf '\n\n# %s\n' "$*"
}

rm -rf "$backups" build/demo
mkdir -p build/demo

say "A shop's database as it was found: 20,000 products, 100,000 orders, prices kept as text."
expect 0 python examples/store/make_store.py "$store" --force

say "Take it over. Its schema, as it is, becomes a file; then there is nothing to do."
expect 0 reconcile inspect "$store" -o "$found"
expect 0 reconcile plan "$store" --schema "$found"
expect 0 reconcile apply "$store" --schema "$found" --yes -m "As it was found"

say "What it should be stands in schema.yaml. One column would lose how its values were written: that needs consent."
expect 3 reconcile plan "$store"

say "Consent, by name."
expect 0 reconcile apply "$store" -m "Prices are numbers" \
    --allow lossy-conversion:products.price

say "Proven, recorded, and in sync."
expect 0 reconcile check "$store"
expect 0 reconcile history "$store"

say "And back: the backup taken before the change goes into the live file."
kept=("$backups"/store_*.db)
expect 0 reconcile restore "$store" "${kept[0]}"
expect 2 reconcile check "$store"

say "The store is as it was found. Look for yourself:  .venv/bin/reconcile plan"
