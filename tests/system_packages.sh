#!/bin/sh
# What the browser tests and the sandbox need from the system: as root on Debian it is installed, elsewhere named.
set -eu

missing=""
command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 ||
    command -v google-chrome >/dev/null 2>&1 || missing="chromium"
[ "$(uname -s)" != Linux ] || command -v bwrap >/dev/null 2>&1 || missing="$missing bubblewrap"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && [ -e /etc/debian_version ]; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086  # a list of names
    apt-get install -qq -y --no-install-recommends $missing >/dev/null
else
    echo "The tests need: $missing" >&2
    echo "On Debian or Ubuntu: sudo apt install $missing" >&2
    echo "On a Mac: brew install --cask chromium. On other systems: install Chromium or Chrome." >&2
    exit 1
fi
