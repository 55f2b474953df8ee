#!/bin/sh
# needs.sh PYTHON VENV: says in one line each, with the mend, what this machine lacks. Downloads nothing.
python=$1
venv=$2
lacking=0

lack() {
    echo "kefu: $1" >&2
    lacking=1
}

check_python() {
    version=$("${python:-python3}" -c 'import platform; print(platform.python_version())' 2>/dev/null)
    case $version in
    3.11.* | 3.12.*)
        "$python" -c 'import ensurepip, venv' 2>/dev/null ||
            lack "$python cannot make environments: install its venv package (Debian, Ubuntu: apt install python3-venv)"
        ;;
    "")
        lack "${python:-python3} does not run: install Python 3.11 or 3.12 (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python@3.12)"
        ;;
    *)
        lack "${python:-python3} is version $version, and kefu needs 3.11 or 3.12: install one; where it has another name, give it: make run PYTHON=python3.12"
        ;;
    esac
}

check_java() {
    java=${JAVA_HOME:+$JAVA_HOME/bin/}java
    major=$("$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p')
    if [ -z "$major" ]; then
        lack "Java is missing ($java does not run): install Java 17 or newer (Debian, Ubuntu: apt install openjdk-17-jre-headless; macOS: brew install openjdk@17)"
    elif [ "$major" -lt 17 ]; then
        lack "$java is version $major, and Kafka needs 17 or newer: install it (Debian, Ubuntu: apt install openjdk-17-jre-headless) or point JAVA_HOME at one"
    fi
}

check_maven() {
    command -v mvn >/dev/null 2>&1 ||
        lack "Maven is missing: install it (Debian, Ubuntu: apt install maven; macOS: brew install maven)"
}

check_environment() {
    [ -e "$venv/pyvenv.cfg" ] || return
    "$venv/bin/python" -c "import os, sys; sys.exit(not os.path.samefile(sys.prefix, '$venv'))" 2>/dev/null &&
        head -1 "$venv/bin/pip" 2>/dev/null | grep -qF "$(cd "$venv" && pwd -P)" ||
        lack "the environment in $venv was made in another place or by a Python that is gone: remove it (rm -rf $venv) and try again"
}

check_python
check_java
check_maven
check_environment
exit $lacking
