#!/bin/sh
# clean.sh FOLDER: removes kefu's state, unless a kefu runs on it or the folder is something else.
home=$1

[ -e "$home" ] || exit 0
if [ ! -d "$home/run" ]; then
    echo "kefu: $home does not look like a folder of kefu: remove it yourself if it is meant" >&2
    exit 1
fi
pid=$(cat "$home/run/up.lock" 2>/dev/null)
if [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; then
    echo "kefu: a kefu (pid $pid) runs on $home: stop it first" >&2
    exit 1
fi
echo "removing $home"
rm -rf -- "$home"
