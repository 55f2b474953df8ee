#!/bin/sh
# jars.sh POM FOLDER: fetches the jars that a pom names, checked against their checksums, into a folder: all or none.
set -eu
pom=$1
folder=$2
fresh=$folder.new

rm -rf "$fresh"
mkdir -p "$fresh"
if ! said=$(mvn --quiet --batch-mode --no-transfer-progress --strict-checksums --file "$pom" \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
    -DincludeScope=runtime "-DoutputDirectory=$(cd "$fresh" && pwd)" 2>&1); then
    printf '%s\nkefu: the jars of %s cannot be fetched: see above, then try again\n' "$said" "$pom" >&2
    exit 1
fi
rm -rf "$folder"
mv "$fresh" "$folder"
