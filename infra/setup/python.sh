#!/bin/sh
# Prints the first Python on this machine that kefu runs on; nothing where there is none.
# 3.13 and later are left out: apache-beam, which PyFlink needs, has no wheels for them.
for python in python3 python3.12 python3.11; do
    if "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' 2>/dev/null; then
        echo "$python"
        exit 0
    fi
done
