#!/bin/sh
# What the browser tests, the sandbox and the tests with PostgreSQL need from the system: as root on Debian it is
# installed, elsewhere named.
set -eu

missing=""
command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 ||
    command -v google-chrome >/dev/null 2>&1 || missing="chromium"
[ "$(uname -s)" != Linux ] || command -v bwrap >/dev/null 2>&1 || missing="$missing bubblewrap"
command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 ||
    missing="$missing postgresql"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && [ -e /etc/debian_version ]; then
    export DEBIAN_FRONTEND=noninteractive
    # The tests start a server of their own; Debian is not to start one.
    if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
        mkdir -p /etc/postgresql-common
        echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
    fi
    apt-get update -qq
    # shellcheck disable=SC2086  # a list of names
    apt-get install -qq -y --no-install-recommends -o Dpkg::Options::=--force-confold $missing >/dev/null
else
    echo "The tests need: $missing" >&2
    echo "On Debian or Ubuntu: sudo apt install $missing" >&2
    echo "On a Mac: brew install postgresql, brew install --cask chromium. Elsewhere: install Chromium or Chrome." >&2
    exit 1
fi
