#!/usr/bin/env bash
# Make .venv hold exactly what the lock names, and the project itself. Run by `make`, once per change of the lock.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

# A Debian package that is missing is installed where we may, and named where we may not.
need_apt() {
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "Installing the Debian package $1 ..."
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$1" >/dev/null
  else
    say "Missing: $2. On Debian or Ubuntu: sudo apt-get install $1"
    exit 1
  fi
}

# Spark's tests are all that needs Java: `make test` asks for it, and goes on without outside CI, where they skip.
need_java() {
  "${JAVA_HOME:+$JAVA_HOME/bin/}java" -version 2>&1 | grep -Eq 'version "(17|21)[."]' && return
  for package in openjdk-17-jre-headless openjdk-21-jre-headless; do
    (need_apt "$package" "a Java runtime, 17 or 21, for the tests of Spark") && return
    [ "$(id -u)" = 0 ] || break
  done
  [ -z "${CI:-}" ]
}
# The validation report is printed by Chromium, with glyphs for Chinese: like Java, only `make test` asks for them.
need_chromium() {
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    [ -n "$name" ] && command -v "$name" >/dev/null && return
  done
  (need_apt chromium "Chromium, for the tests of the report's PDF") && return
  [ -z "${CI:-}" ]
}
need_glyphs() {
  command -v fc-list >/dev/null && fc-list :lang=zh family | grep -q . && return
  (need_apt fonts-noto-cjk "a font with Chinese glyphs, for the tests of the report's PDF") && return
  [ -z "${CI:-}" ]
}
case "${1:-}" in
  java) need_java; exit ;;
  chromium) need_chromium; need_glyphs; exit ;;
esac

new_enough() { command -v "$1" >/dev/null && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
  for name in ${PYTHON:-} python3.11 python3 python3.12 python3.13; do
    if new_enough "$name"; then printf '%s' "$name"; return; fi
  done
}

python=$(find_python)
if [ -z "$python" ]; then
  say "Missing: Python 3.11 or newer (found: $(python3 --version 2>&1 || true)). Set PYTHON=... or install python3.11."
  exit 1
fi
if ! new_enough .venv/bin/python; then
  "$python" -c 'import ensurepip, venv' 2>/dev/null || need_apt python3-venv "Python's venv module"
  "$python" -m venv .venv
fi
# LightGBM's wheel links the system's OpenMP runtime.
ldconfig -p 2>/dev/null | grep -q 'libgomp\.so\.1' || need_apt libgomp1 "the OpenMP runtime libgomp.so.1"

lock=requirements/test.txt
say "Installing $(grep -c '^[a-z0-9].*==' "$lock") locked packages into .venv (once; a minute or two) ..."
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
touch .venv/.installed
